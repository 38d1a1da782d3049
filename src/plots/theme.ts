/** Colours of the plots. Charts are drawn with variable names; `paint` or a page's style sheet sets the values. */
const COLOURS = {
  paper: { light: '#ffffff', dark: '#15181d' },
  ink: { light: '#1c2128', dark: '#e6e9ee' },
  muted: { light: '#59626e', dark: '#a2abb7' },
  rule: { light: '#d3d8df', dark: '#3a414b' },
  link: { light: '#8b95a3', dark: '#6b7684' },
  image: { light: '#2a6db8', dark: '#6fabea' },
  text: { light: '#c05a0d', dark: '#f0a05c' },
  matched: { light: '#15845a', dark: '#4fc795' },
  mismatched: { light: '#77699f', dark: '#ada0d6' },
} as const;

export type ColourName = keyof typeof COLOURS;
/** The colours of a figure. */
export type Theme = 'light' | 'dark';
export const THEMES: readonly Theme[] = ['light', 'dark'];

/** The colour of that name, as SVG and CSS write a variable. */
export function colour(name: ColourName): string {
  return `var(--plot-${name})`;
}

/** CSS declarations of a theme's colours, for a rule on the plots' container. */
export function themeDeclarations(theme: Theme): string {
  return Object.entries(COLOURS)
    .map(([name, values]) => `--plot-${name}:${values[theme]}`)
    .join(';');
}

/** A standalone SVG, with a theme's colours in place of the variables. */
export function paint(svg: string, theme: Theme): string {
  return svg.replaceAll(/var\(--plot-(\w+)\)/g, (whole, name: string) =>
    name in COLOURS ? COLOURS[name as ColourName][theme] : whole,
  );
}

/** Hues to tell pairs or classes apart, legible on light and on dark paper (after Tableau 10). */
export const HUES: readonly string[] = [
  '#4e79a7',
  '#f28e2b',
  '#e15759',
  '#3fa7a0',
  '#59a14f',
  '#b6992d',
  '#b07aa1',
  '#f2719c',
  '#9c755f',
  '#6a51a3',
  '#1f9bd1',
  '#86b82f',
];

/**
 * Hues of classes, on light and on dark paper. Any two stay apart (CIE 1976 difference of 16 or more) for colour-blind
 * eyes, by the simulation of Machado et al. 2009; the first two are of Okabe and Ito 2008.
 */
export const CLASS_HUES: readonly string[] = [
  '#0072b2',
  '#e69f00',
  '#eb4667',
  '#910ceb',
  '#3dccaf',
  '#a64708',
  '#804669',
  '#81abeb',
  '#009e73',
];

/** Inter if available, else system fonts of similar width. */
export const FONT = 'Inter, Roboto, Helvetica Neue, Arial, Liberation Sans, Noto Sans, system-ui, sans-serif';
