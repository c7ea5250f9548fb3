/* A long list of rows of one height, of which only those in sight are in the page. One stop of the Tab key;
   arrows, Page Up and Down, Home and End move the selection. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "console/ui.js";

const AROUND = 8;

/** rows: newest first, each with a `number`. Row: component of { row }. onTop: whether the top is in sight. */
export function VirtualList({ rows, Row, selected, onSelect, onEnd, onTop, label, busy }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 600, row: 32 });
  const look = () => {
    const element = box.current;
    const row = parseFloat(getComputedStyle(element).getPropertyValue("--row")) || 32;
    setView((old) => {
      const next = { top: element.scrollTop, height: element.clientHeight, row };
      return old.top === next.top && old.height === next.height && old.row === next.row ? old : next;
    });
    onTop?.(element.scrollTop < row);
    if (element.scrollTop + element.clientHeight > element.scrollHeight - row * 10) onEnd?.();
  };
  useLayoutEffect(look, []);
  useEffect(() => {
    const watcher = new ResizeObserver(look);
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(view.top / view.row) - AROUND);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / view.row) + AROUND);
  const select = (index) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    const place = rows.indexOf(row) * view.row;
    if (place < box.current.scrollTop) box.current.scrollTop = place;
    if (place + view.row > box.current.scrollTop + view.height) box.current.scrollTop = place + view.row - view.height;
    onSelect(row);
  };
  const onKeyDown = (event) => {
    const at = rows.findIndex((row) => row.number === selected);
    const page = Math.max(1, Math.floor(view.height / view.row) - 1);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(to);
  };
  const shown = rows.slice(first, last);
  return html`<div class="virtual" ref=${box} tabindex="0" role="listbox" aria-label=${label} aria-busy=${busy ? "true" : null} onScroll=${look}
    onKeyDown=${onKeyDown} aria-activedescendant=${shown.some((row) => row.number === selected) ? `row-${selected}` : null}>
    <div role="presentation" style=${{ height: `${rows.length * view.row}px` }}>
      ${shown.map((row, index) => html`<div key=${row.number} id=${`row-${row.number}`} role="option" aria-selected=${String(row.number === selected)}
        aria-setsize=${rows.length} aria-posinset=${first + index + 1} class="virtual-row" style=${{ transform: `translateY(${(first + index) * view.row}px)` }}
        onClick=${() => onSelect(row)}><${Row} row=${row} /></div>`)}
    </div>
  </div>`;
}
