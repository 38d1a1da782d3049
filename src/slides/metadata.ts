/** What a slide's description says of its scale. */
export interface SlideScale {
  /** Of level 0. */
  readonly micrometresPerPixel?: number;
  readonly objectivePower?: number;
}

/** Tags of a TIFF that may say how large a pixel is. */
export interface ResolutionTags {
  /** As two numbers, a fraction. */
  readonly xResolution: readonly number[];
  /** 2 inch, 3 centimetre. */
  readonly unit: number | undefined;
}

/** A pixel larger than that comes of a screen's or printer's resolution (72 a inch are 353), not of a microscope's. */
const LARGEST = 100;

/** By Aperio's description (`MPP = 0.499`), OME-XML, else TIFF's resolution. */
export function scaleOf(description: string, tags: ResolutionTags): SlideScale {
  if (isAperio(description)) {
    return known(Number(aperioField(description, 'MPP')), Number(aperioField(description, 'AppMag')));
  }
  if (isOme(description)) {
    const size = Number(attribute(description, 'Pixels', 'PhysicalSizeX'));
    const unit = MICROMETRES[attribute(description, 'Pixels', 'PhysicalSizeXUnit') ?? 'µm'];
    return known(
      size * (unit ?? Number.NaN),
      Number(attribute(description, 'Objective', 'NominalMagnification')),
    );
  }
  const [pixels = 0, per = 1] = tags.xResolution;
  const micrometres = { 2: 25_400, 3: 10_000 }[tags.unit ?? 0] ?? Number.NaN;
  return known(micrometres / (pixels / per), Number.NaN);
}

function known(micrometresPerPixel: number, objectivePower: number): SlideScale {
  const sized = micrometresPerPixel > 0 && micrometresPerPixel <= LARGEST;
  const power = objectivePower > 0 && Number.isFinite(objectivePower);
  return {
    ...(sized ? { micrometresPerPixel } : {}),
    ...(power ? { objectivePower } : {}),
  };
}

const MICROMETRES: Readonly<Record<string, number | undefined>> = {
  µm: 1,
  um: 1,
  nm: 1e-3,
  mm: 1e3,
  cm: 1e4,
  m: 1e6,
};

export function isAperio(description: string): boolean {
  return description.startsWith('Aperio');
}

export function isOme(description: string): boolean {
  return /<(\w+:)?OME[\s>]/.test(description);
}

/** `Aperio ...|AppMag = 20|MPP = 0.4990` */
function aperioField(description: string, name: string): string | undefined {
  return new RegExp(`\\|\\s*${name}\\s*=\\s*([^|]*)`).exec(description)?.[1];
}

/** An attribute of the first element of that name: OME-XML puts the slide before its label. */
export function attribute(xml: string, element: string, name: string): string | undefined {
  const tag = new RegExp(`<(?:\\w+:)?${element}\\s[^>]*>`).exec(xml)?.[0] ?? '';
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
}
