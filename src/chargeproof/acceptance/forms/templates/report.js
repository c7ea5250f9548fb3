// A frame that is linked to opens; everything else works without this.
const open = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.tagName === "DETAILS") target.open = true;
};
addEventListener("hashchange", open);
open();
