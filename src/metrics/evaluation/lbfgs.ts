import { dot } from '../linear-algebra.ts';
import type { LossAt } from './cross-entropy.ts';

export interface LbfgsOptions {
  /** It ends where no part of the gradient is larger. */
  readonly tolerance: number;
  readonly iterations: number;
}

/** Pairs of steps and changes of the gradient that stand for the curvature. */
const MEMORY = 10;
/** Of the line search: sufficient decrease, curvature, and how often it halves or doubles. */
const [DECREASE, CURVATURE, TRIALS] = [1e-4, 0.9, 30];

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** step . change */
  readonly curvature: number;
}

interface Point extends LossAt {
  readonly x: Float64Array;
}

/**
 * Minimises a smooth convex function by L-BFGS (Nocedal and Wright 2006, algorithm 7.5), with steps of the weak Wolfe
 * conditions by bisection (Lewis and Overton 2013). It also ends where rounding leaves no step that goes down.
 */
export async function minimize(
  evaluate: (x: Float64Array) => Promise<LossAt>,
  start: Float64Array,
  { tolerance, iterations }: LbfgsOptions,
): Promise<Float64Array> {
  let point: Point = { x: start, ...(await evaluate(start)) };
  const pairs: Pair[] = [];
  for (let i = 0; i < iterations && largest(point.gradient) > tolerance; i++) {
    const direction = descent(point.gradient, pairs);
    const next = await lineSearch(evaluate, point, direction, pairs.length === 0);
    if (!next) break;
    const [step, change] = [minus(next.x, point.x), minus(next.gradient, point.gradient)];
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, curvature });
    if (pairs.length > MEMORY) pairs.shift();
    point = next;
  }
  return point.x;
}

/** The two-loop recursion: minus the inverse Hessian, as the pairs have it, times the gradient. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.map((value) => -value);
  const alphas = new Map<Pair, number>();
  for (const pair of [...pairs].reverse()) {
    const alpha = dot(pair.step, q) / pair.curvature;
    alphas.set(pair, alpha);
    add(q, pair.change, -alpha);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = last.curvature / dot(last.change, last.change);
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) * scale;
  }
  for (const pair of pairs) {
    const beta = dot(pair.change, q) / pair.curvature;
    add(q, pair.step, (alphas.get(pair) ?? 0) - beta);
  }
  return q;
}

async function lineSearch(
  evaluate: (x: Float64Array) => Promise<LossAt>,
  { x, loss, gradient }: Point,
  direction: Float64Array,
  first: boolean,
): Promise<Point | undefined> {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let length = first ? Math.min(1, 1 / Math.sqrt(-slope)) : 1; // no curvature is known yet
  for (let trial = 0; trial < TRIALS; trial++) {
    const next = x.slice();
    add(next, direction, length);
    const at = await evaluate(next);
    if (!(at.loss <= loss + DECREASE * length * slope)) high = length;
    else if (dot(at.gradient, direction) < CURVATURE * slope) low = length;
    else return { x: next, ...at };
    length = high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
  }
  return undefined;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - (b[i] as number));
}

function add(to: Float64Array, values: Float64Array, times: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + times * (values[i] as number);
}
