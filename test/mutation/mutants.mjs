// Finds the places where one small mistake can be put into a TypeScript file, and plants them behind a switch.
import ts from 'typescript';

const SWAPS = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
  [ts.SyntaxKind.AsteriskToken, '/'],
  [ts.SyntaxKind.SlashToken, '*'],
  [ts.SyntaxKind.PercentToken, '*'],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.QuestionQuestionToken, '&&'],
]);

/**
 * Every mutant of a source: `{ start, end, mutated, line, text }`, where the text between start and end is replaced.
 * Swapped operators, turned conditions and flags, numbers off by one, statements that throw or call left out.
 */
export function mutantsOf(file, source) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, kind, mutated) => {
    const start = node.getStart(tree);
    const { line } = tree.getLineAndCharacterOfPosition(start);
    const text = source.slice(start, node.end);
    found.push({ file, line: line + 1, start, end: node.end, kind, text, mutated });
  };
  const textOf = (node) => source.slice(node.getStart(tree), node.end);
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isBinaryExpression(node) && SWAPS.has(node.operatorToken.kind) && !isText(node)) {
      const swapped = SWAPS.get(node.operatorToken.kind);
      add(node, 'operator', `(${textOf(node.left)}) ${swapped} (${textOf(node.right)})`);
    }
    if ((ts.isIfStatement(node) || ts.isWhileStatement(node)) && !ts.isBinaryExpression(node.expression))
      add(node.expression, 'condition', `!(${textOf(node.expression)})`);
    if (ts.isConditionalExpression(node) && !ts.isBinaryExpression(node.condition))
      add(node.condition, 'condition', `!(${textOf(node.condition)})`);
    if (ts.isNumericLiteral(node) && node.parent.name !== node && !isFallback(node)) add(node, 'number', `(${node.getText(tree)} + 1)`);
    if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'flag', 'false');
    if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'flag', 'true');
    if (ts.isThrowStatement(node)) add(node, 'statement', '');
    if (ts.isExpressionStatement(node) && isCall(node.expression)) add(node, 'statement', '');
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The value after ?? that only the types ask for: an index within its bounds never reaches it. */
function isFallback(node) {
  return ts.isBinaryExpression(node.parent) && node.parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
}

function isCall(node) {
  const inner = ts.isAwaitExpression(node) ? node.expression : node;
  return ts.isCallExpression(inner) && inner.expression.kind !== ts.SyntaxKind.SuperKeyword;
}

/** Text put together with + has no useful opposite. */
function isText(node) {
  return [node.left, node.right].some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side));
}

/** The source with each mutant in its place, asleep until `mutantAwake(id)` says otherwise. */
export function plant(source, mutants) {
  let planted = source;
  for (const { id, start, end, kind, text, mutated } of mutants.toSorted((a, b) => b.start - a.start)) {
    const both =
      kind === 'statement'
        ? `{ if (!globalThis.mutantAwake?.(${id})) { ${text} } }`
        : `(globalThis.mutantAwake?.(${id}) ? ${mutated} : ${text})`;
    planted = planted.slice(0, start) + both + planted.slice(end);
  }
  return planted;
}
