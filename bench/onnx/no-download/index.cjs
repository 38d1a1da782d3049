exports.bootstrap = () => {
  process.env.ONNXRUNTIME_NODE_INSTALL = 'skip';
};
