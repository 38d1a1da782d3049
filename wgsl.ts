/** Makes `import source from './x.wgsl'` give the shader's text, in vitest, Vite and tsdown alike. */
export function wgsl() {
  return {
    name: 'wgsl',
    transform(code: string, id: string) {
      if (!id.endsWith('.wgsl')) return;
      return { code: `export default ${JSON.stringify(code)};`, map: null, moduleType: 'js' as const };
    },
  };
}
