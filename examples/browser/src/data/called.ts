/** How people call files, arrays and columns of either modality. */
export const CALLED = {
  images: /image|img|picture|vision/i,
  texts: /text|txt|caption/i,
} as const;
