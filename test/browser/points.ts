import { MapCanvas } from '../../examples/browser/src/draw/map-canvas.ts';
import type { MapScene } from '../../examples/browser/src/draw/map-scene.ts';
import { toUnitSquare } from '../../examples/browser/src/draw/unit-square.ts';

declare global {
  interface Window {
    /** Draws so many points, then moves the view. Milliseconds from frame to frame. */
    drawPoints(points: number, frames: number): Promise<number[]>;
  }
}

/** Two clouds of random points, images in blue and texts in orange, with the first 250 pairs linked. */
function sceneOf(points: number): MapScene {
  const embedding = new Float32Array(2 * points);
  let state = 1;
  for (let i = 0; i < embedding.length; i++) {
    let sum = i < points ? 0 : 4;
    for (let k = 0; k < 4; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sum += state / 2 ** 32;
    }
    embedding[i] = sum;
  }
  const rgb = new Uint8Array(3 * points);
  for (let point = 0; point < points; point++) {
    rgb.set(point < points / 2 ? [42, 109, 184] : [192, 90, 13], 3 * point);
  }
  return {
    points: toUnitSquare(embedding).points,
    rgb,
    legend: [],
    links: Array.from({ length: 250 }, (_, i) => i),
    highlighted: undefined,
    ringed: [0],
    query: undefined,
    shownName: undefined,
    link: [139, 149, 163],
    ink: [28, 33, 40],
    paper: [255, 255, 255],
  };
}

const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));

window.drawPoints = async (points, frames) => {
  const map = new MapCanvas(
    document.getElementById('map') ?? document.body,
    () => {},
    (error) => {
      throw error;
    },
  );
  map.draw(sceneOf(points));
  for (let i = 0; i < 4; i++) await frame(); // deck.gl opens its device, compiles and uploads
  const times = [];
  let before = await frame();
  for (let i = 0; i < frames; i++) {
    map.zoomBy(i % 2 ? 0.05 : -0.05);
    const now = await frame();
    times.push(now - before);
    before = now;
  }
  return times;
};
document.title = 'ready';
