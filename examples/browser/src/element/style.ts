/** Of the shadow root: a page's own style does not reach into it, and a strict policy lets constructed sheets pass. */
export const STYLE = `
:host { display: block; min-height: 420px; }
:host([hidden]) { display: none; }
.map {
  --paper: #ffffff; --ink: #1c2128; --muted: #59626e; --rule: #d3d8df; --error: #a61b1b; --accent: #1f5fa6;
  box-sizing: border-box; display: flex; flex-direction: column; gap: 8px; height: 100%; min-height: inherit; padding: 10px;
  color: var(--ink); background: var(--paper); border: 1px solid var(--rule); border-radius: 10px;
  font: 14px / 1.4 system-ui, sans-serif; color-scheme: light;
}
.map.dark {
  --paper: #15181d; --ink: #e6e9ee; --muted: #a2abb7; --rule: #333a44; --error: #ff9c9c; --accent: #7db4f0;
  color-scheme: dark;
}
p, ul { margin: 0; }
.choices { display: flex; flex-wrap: wrap; gap: 4px 16px; }
.choices label { display: inline-flex; align-items: center; gap: 6px; color: var(--muted); }
select { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--rule); border-radius: 6px; padding: 4px 6px; }
.surface { position: relative; flex: 1; min-height: 300px; border: 1px solid var(--rule); border-radius: 8px; }
.canvas { position: absolute; inset: 0; border-radius: inherit; overflow: hidden; }
.canvas:focus-visible, select:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.tooltip {
  position: absolute; z-index: 4; display: flex; gap: 8px; box-sizing: border-box; padding: 8px; background: var(--paper);
  border: 1px solid var(--rule); border-radius: 8px; box-shadow: 0 4px 18px rgb(0 0 0 / 18%); pointer-events: none;
  font-size: 13px; overflow-wrap: anywhere;
}
.tooltip > div { min-width: 0; }
.tooltip img { width: 72px; height: 72px; object-fit: contain; flex: none; }
.legend { display: flex; flex-wrap: wrap; gap: 3px 14px; padding: 0; list-style: none; font-size: 13px; }
.legend li { display: inline-flex; align-items: center; gap: 5px; }
.swatch { box-sizing: border-box; width: 11px; height: 11px; border-radius: 50%; border: 3px solid currentColor; background: currentColor; }
.swatch.ring { background: none; }
.muted, .status { color: var(--muted); font-size: 13px; }
.failure { color: var(--error); }
.only-heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
