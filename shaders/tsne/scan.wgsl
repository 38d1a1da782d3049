// sums[i] = counts[0] + .. + counts[i - 1], for i from 0 to n: the exclusive scan, with the total at the end.

#constant WORKGROUP = 64
#include "../parts/scan.wgsl"

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> counts: array<u32>;        // [n]
@group(0) @binding(2) var<storage, read_write> sums: array<u32>;    // [n + 1]

alias Value = u32;
fn plus(a: u32, b: u32) -> u32 { return a + b; }
fn valueAt(i: u32) -> u32 { return counts[i]; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) { scan(lane, params.n); }
