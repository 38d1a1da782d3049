// The nodes of t-SNE's tree are linked for a walk without a stack: to the first child, and to what comes after the whole
// subtree, which is END after the last.
const END = 0xffffffffu;

// A node is opened for points within its reach, its cell's width over the angle. SOLID in place of the squared reach marks
// one that is never opened: a point, or points of one code, whose code is then in the place of the first child.
const SOLID = -1.0;
