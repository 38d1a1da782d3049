// gradient_i = 4 (exaggeration sum_j P_ij q_ij (y_i - y_j) - repulsion_i / Z), then the step, as in scikit-learn:
// gain += 0.2 where the gradient turned against the velocity, else *= 0.8, at least 0.01;
// velocity = momentum velocity - rate gain gradient. move.wgsl adds it to y.
// With CHECK the repulsion, no longer needed, is overwritten with the values for the convergence check: the row's part
// of KL(P || Q), unexaggerated, and |gain gradient|^2. Of the rows from `first` to `end` - 1, whose entries of P from
// `base` on are here.

#constant CHECK = true

struct Params { first: u32, end: u32, base: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec2f>;            // [n]
@group(0) @binding(2) var<storage, read> starts: array<u32>;         // [n + 1]
@group(0) @binding(3) var<storage, read> columns: array<u32>;        // [entries]
@group(0) @binding(4) var<storage, read> values: array<f32>;         // [entries]: P
@group(0) @binding(5) var<storage, read> schedule: array<f32>;       // exaggeration, momentum, rate, Z
@group(0) @binding(6) var<storage, read_write> repulsion: array<vec4f>; // [n]: force, sum of q
@group(0) @binding(7) var<storage, read_write> motion: array<vec4f>; // [n]: velocity, gains

const TINY = 1.17549435e-38; // f32's smallest, as scikit-learn's floor of p and q

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = params.first + (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.end) { return; }
  let place = y[i];
  let z = schedule[3];
  var attraction = vec2f();
  var divergence = 0.0;
  let end = starts[i + 1u] - params.base;
  for (var at = starts[i] - params.base; at < end; at++) {
    let difference = place - y[columns[at]];
    let p = values[at];
    let q = 1.0 / (1.0 + dot(difference, difference));
    attraction += p * q * difference;
    if (CHECK) { divergence += p * log(max(p, TINY) / max(q / z, TINY)); }
  }
  let gradient = 4.0 * (schedule[0] * attraction - repulsion[i].xy / z);

  let velocity = motion[i].xy;
  let turned = velocity * gradient < vec2f();
  let gains = max(select(motion[i].zw * 0.8, motion[i].zw + 0.2, turned), vec2f(0.01));
  let scaled = gains * gradient;
  motion[i] = vec4f(schedule[1] * velocity - schedule[2] * scaled, gains);
  if (CHECK) { repulsion[i] = vec4f(divergence, dot(scaled, scaled), 0.0, 0.0); }
}
