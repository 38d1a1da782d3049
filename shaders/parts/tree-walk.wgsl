// The nodes of t-SNE's tree are linked for a walk without a stack: to the first child, and to what comes after the whole
// subtree, which is END after the last.
const END = 0xffffffffu;

// A node is opened for points within its reach: its cell's width divided by the angle. SOLID in place of the squared
// reach marks a node that is never opened: a point, or points of equal code; the code then replaces the first child.
const SOLID = -1.0;
