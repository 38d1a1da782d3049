import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';

/** Of Unicode's private use. */
const [OPENING, CLOSING] = ['\uE000', '\uE001'];

/** Draws fences of Mermaid as the site is built, so that a page loads a picture and no program to draw it. */
export function diagrams(md: MarkdownRenderer): void {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, i, ...rest) => {
    const { info = '', content = '' } = tokens[i] ?? {};
    return info.trim() === 'mermaid' ? diagram(content) : (fence?.(tokens, i, ...rest) ?? '');
  };
}

/** A picture, so that its styles stay its own. */
export function diagram(source: string): string {
  // The parser ends a quoted label at its first bracket, so brackets in quotes are other characters meanwhile.
  const quoted = source.replaceAll(/"[^"\n]*"/g, (label) =>
    label.replaceAll('[', OPENING).replaceAll(']', CLOSING),
  );
  const svg = renderMermaidSVG(quoted, { bg: '#ffffff', fg: '#27272a', font: 'sans-serif' });
  const whole = svg.replaceAll(OPENING, '[').replaceAll(CLOSING, ']');
  const own = whole.replaceAll(/@import url\([^)]*\);/g, ''); // a font of another host
  return `<img class="diagram" alt="Diagram of what this page says" src="data:image/svg+xml;base64,${Buffer.from(own).toString('base64')}">\n`;
}
