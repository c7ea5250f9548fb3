/* What every page has: the drawer, light and dark, times, the word about the connection, the palette, menus. */
import { effect } from "@preact/signals";
import { connection } from "console/live.js";
import { keepTimesFresh } from "console/time.js";
import { toast } from "console/ui.js";

const bar = document.getElementById("connection");
const rail = document.getElementById("rail");
const opener = document.querySelector("[data-open-rail]");

let wasLost = false;
effect(() => {
  const state = connection.value;
  if (state === "lost" || state === "logged out") {
    wasLost = true;
    bar.hidden = false;
    bar.classList.remove("healed");
    bar.textContent = state === "lost" ? "Connection to the server lost, trying again…" : "You are logged out. ";
    if (state === "logged out") bar.append(logInLink());
  } else if (state === "open" && wasLost) {
    wasLost = false;
    bar.classList.add("healed");
    bar.textContent = "Connected again. Nothing was missed.";
    setTimeout(() => (bar.hidden = connection.value === "open"), 2500);
  }
});

function logInLink() {
  const link = document.createElement("a");
  link.href = `/log-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Log in again";
  return link;
}

function showRail(open) {
  rail.classList.toggle("open", open);
  opener.setAttribute("aria-expanded", String(open));
  if (open) rail.querySelector("a, button").focus();
}

opener.addEventListener("click", () => showRail(!rail.classList.contains("open")));

document.querySelector("[data-theme-switch]").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `chargeproof_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
  dispatchEvent(new Event("themechange"));
});

async function openPalette() {
  (await import("console/palette.js")).openPalette();
}

for (const each of document.querySelectorAll("[data-open-palette]")) {
  each.addEventListener("click", () => {
    showRail(false);
    openPalette();
  });
}

addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const wanted = (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) || (event.key === "k" && (event.ctrlKey || event.metaKey));
  if (wanted && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    openPalette();
  }
  if (event.key !== "Escape") return;
  if (rail.classList.contains("open")) {
    showRail(false);
    opener.focus();
  }
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu.contains(event.target) && !event.target.closest(".menu-list button:not([aria-disabled]), .menu-list a")) continue;
    if (menu.querySelector(".menu-list").contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
  if (rail.classList.contains("open") && !rail.contains(event.target) && !opener.contains(event.target)) showRail(false);
});

// Without a pointer there is no hovering: a tap tells the exact time.
addEventListener("click", (event) => {
  const time = event.target.closest?.("time[title]");
  if (time && matchMedia("(hover: none)").matches && !time.closest("a, button, summary, [role=option]")) toast(time.title);
});

keepTimesFresh();
