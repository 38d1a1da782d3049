// The multinomial cross-entropy of logits z [N, K], and its gradient in them: loss[i] = log sum_k exp z[i, k] - z[i, label[i]],
// gradient[k, i] = softmax(z[i])[k] - [k = label[i]]. The gradient is transposed, so that times the rows it is the weights'.
// The largest logit is taken out first, or exp would overflow f32 from 88 on.

struct Params { items: u32, classes: u32 } // N, K
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> z: array<f32>;               // [N, K]
@group(0) @binding(2) var<storage, read> labels: array<u32>;          // [N]
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;  // [K, N]
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;      // [N]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.y * groups.x + group.x) * 64u + lane; // one lane an item: neighbours write neighbours
  if (item >= params.items) { return; }
  let first = item * params.classes;
  var largest = -3.4e38;
  for (var k = 0u; k < params.classes; k++) { largest = max(largest, z[first + k]); }
  var sum = 0.0;
  for (var k = 0u; k < params.classes; k++) { sum += exp(z[first + k] - largest); }
  let label = labels[item];
  for (var k = 0u; k < params.classes; k++) {
    let p = exp(z[first + k] - largest) / sum;
    gradient[k * params.items + item] = p - select(0.0, 1.0, k == label);
  }
  loss[item] = log(sum) + largest - z[first + label];
}
