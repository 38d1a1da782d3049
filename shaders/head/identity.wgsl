// The penalty identity * |W - I|^2 (Frobenius): its gradient 2 identity (W - I), and the squares summed by column.

struct Params { dim: u32, first: u32, identity: f32 } // D, where the column sums go
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<f32>;       // [D, D]
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>; // [D, D]
@group(0) @binding(3) var<storage, read_write> departures: array<f32>; // from `first` on [D]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * 64u + lane; // neighbouring lanes read neighbouring columns
  if (column >= params.dim) { return; }
  var squares = 0.0;
  for (var row = 0u; row < params.dim; row++) {
    let at = row * params.dim + column;
    let departure = weight[at] - select(0.0, 1.0, row == column);
    squares += departure * departure;
    gradient[at] = 2.0 * params.identity * departure;
  }
  departures[params.first + column] = squares;
}
