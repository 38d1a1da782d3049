// What changes from step to step, read on the GPU so that one recorded program serves all of them.
struct Step {
  learningRate: f32,
  scale: f32,            // of the logits
  firstCorrection: f32,  // 1 / (1 - beta1^t), Adam's correction of the first moment
  secondCorrection: f32, // 1 / (1 - beta2^t)
}
