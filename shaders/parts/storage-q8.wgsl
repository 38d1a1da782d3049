// Weights of a GEMM stored as int8, four to a word: q / 127, shares of their row's largest magnitude. The sums over k are
// scaled once, at their end, by what stands in the gap behind the panel: the largest magnitudes of its four rows.
alias WeightQuad = u32;
fn quad(stored: WeightQuad) -> vec4f { return unpack4x8snorm(stored); }
fn rowScales(panel: u32) -> vec4f {
  let at = panel * (params.K + PANEL_GAP) + params.K;
  return bitcast<vec4f>(vec4u(w[at], w[at + 1u], w[at + 2u], w[at + 3u]));
}
