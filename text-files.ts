/** Makes `import source from './x.wgsl'` give the file's text, in vitest, Vite and tsdown alike; Python scripts too. */
export function textFiles() {
  return {
    name: 'text-files',
    transform(code: string, id: string) {
      if (!/\.(wgsl|py)$/.test(id)) return;
      return { code: `export default ${JSON.stringify(code)};`, map: null, moduleType: 'js' as const };
    },
  };
}
