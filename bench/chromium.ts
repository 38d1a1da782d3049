/** Debian's. */
export const CHROMIUM = '/usr/bin/chromium';
export const CHROMIUM_FLAGS = [
  ...['--headless=new', '--no-sandbox', '--enable-unsafe-webgpu', '--enable-features=Vulkan'],
  ...['--disable-quic', '--no-first-run', '--disable-background-networking'],
];
/** Without it Chromium takes the machine's GPU, if it has one that it trusts. */
export const SWIFTSHADER_FLAG = '--use-webgpu-adapter=swiftshader';
