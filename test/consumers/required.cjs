const { BiomedClip } = require('biomedclip-webgpu');

BiomedClip.load().then((model) => {
  if (model.info.embedDim < 1) process.exitCode = 1;
  model.destroy();
});
