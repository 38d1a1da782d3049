import { expect, test } from 'vitest';
import { MemoryPlan } from '../src/device/memory-plan.ts';

const bytesOf = (plan: MemoryPlan) => plan.slots.map((slot) => slot.bytes);

test('what is alive together has memory of its own', () => {
  const plan = new MemoryPlan();
  const tensors = [plan.keep([3], 'f32'), plan.alloc([4], 'f32'), plan.alloc([5, 2], 'u32')];
  expect(new Set(tensors.map((tensor) => tensor.storage)).size).toBe(3);
  expect(bytesOf(plan)).toEqual([12, 16, 40]);
});

test('what a scope allocated is used again after it, not within', () => {
  const plan = new MemoryPlan();
  const [a, b] = plan.scope(() => [plan.alloc([8], 'f32'), plan.alloc([8], 'f32')]);
  const c = plan.alloc([8], 'f32');
  expect(a?.storage).not.toBe(b?.storage);
  expect([a?.storage, b?.storage]).toContain(c.storage);
  expect(bytesOf(plan)).toEqual([32, 32]);
});

test('equal layers take the memory of one', () => {
  const plan = new MemoryPlan();
  const layer = () => plan.scope(() => [[6], [2], [24], [6]].map((shape) => plan.alloc(shape, 'f32')));
  layer();
  const one = bytesOf(plan);
  for (let i = 0; i < 11; i++) layer();
  expect(bytesOf(plan)).toEqual(one);
  expect(one).toEqual([24, 8, 96, 24]);
});

test('the smallest slot that is large enough is taken; else the largest grows to the exact size', () => {
  const plan = new MemoryPlan();
  plan.scope(() => [[100], [10], [50]].map((shape) => plan.alloc(shape, 'f32')));
  const [, , fifty] = plan.slots;
  expect(plan.alloc([11], 'f32').storage).toBe(fifty?.storage);
  plan.alloc([101], 'f32');
  expect(bytesOf(plan)).toEqual([404, 40, 200]);
  plan.alloc([7], 'f32');
  plan.alloc([7], 'f32'); // nothing is left: a new one
  expect(bytesOf(plan)).toEqual([404, 40, 200, 28]);
});

test('what is kept is never shared, whatever becomes free', () => {
  const plan = new MemoryPlan();
  plan.scope(() => plan.alloc([10], 'f32'));
  const kept = plan.keep([10], 'f32');
  plan.scope(() => expect(plan.alloc([10], 'f32').storage).not.toBe(kept.storage));
  expect(bytesOf(plan)).toEqual([40, 40]);
});

test('scopes nest, and one that throws still gives back', () => {
  const plan = new MemoryPlan();
  expect(() =>
    plan.scope(() => {
      plan.alloc([4], 'f32');
      plan.scope(() => plan.alloc([4], 'f32'));
      plan.alloc([4], 'f32'); // takes what the inner scope gave back
      throw new Error('stop');
    }),
  ).toThrow('stop');
  plan.alloc([4], 'f32');
  plan.alloc([4], 'f32');
  expect(bytesOf(plan)).toEqual([16, 16]);
});
