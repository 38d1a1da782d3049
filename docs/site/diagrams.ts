import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';

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
  const svg = renderMermaidSVG(source, { bg: '#ffffff', fg: '#27272a', font: 'sans-serif' });
  const own = svg.replaceAll(/@import url\([^)]*\);/g, ''); // a font of another host
  return `<img class="diagram" alt="Diagram of what this page says" src="data:image/svg+xml;base64,${Buffer.from(own).toString('base64')}">\n`;
}
