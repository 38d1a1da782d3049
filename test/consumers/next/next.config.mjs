// What a client component imports is also rendered on the server, where the package is Node's and stays outside the bundle.
export default { output: 'export', distDir: 'out', serverExternalPackages: ['biomedclip-webgpu'] };
