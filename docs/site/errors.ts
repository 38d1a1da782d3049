import ts from 'typescript';
import { ADVICE, SUBJECTS } from './error-advice.ts';
import { escaped, escapedAroundCode, table } from './markdown.ts';
import { docOf, isExported, publicDeclarations, sourceFiles } from './sources.ts';

const BASE = 'BiomedClipError';

export interface ErrorClass {
  readonly name: string;
  readonly base: string;
  readonly path: string;
  /** Its doc comment. */
  readonly cause: string;
  /** Its message, with `<names>` where its facts stand. */
  readonly message: string;
  /** The library exports it, rather than the command line alone throwing it. */
  readonly exported: boolean;
}

/** Every error class of the package, from the sources. */
export function errorClasses(): ErrorClass[] {
  const exported = publicDeclarations();
  const classes = sourceFiles().flatMap(({ path, file }) =>
    file.statements.filter(ts.isClassDeclaration).flatMap((node) => {
      const [clause] = node.heritageClauses ?? [];
      const base = clause?.types[0]?.expression.getText();
      if (!node.name || base === undefined || !isExported(node)) return [];
      const name = node.name.text;
      const message = messageOf(node, base);
      return [{ name, base, path, cause: docOf(node).text, message, exported: exported.has(name) }];
    }),
  );
  const errors = new Set([BASE]);
  for (let before = 0; before < errors.size; ) {
    before = errors.size;
    for (const { name, base } of classes) if (errors.has(base)) errors.add(name);
  }
  const messages = new Map(classes.map(({ name, message }) => [name, message]));
  return classes
    .filter(({ name }) => errors.has(name))
    .map((error) => ({ ...error, message: error.message || (messages.get(error.base) ?? '') })); // a kind that adds nothing
}

/** The page that says for each error, by its name, what it means and what to do. */
export function errorsPage(): string {
  const classes = errorClasses();
  const groups = grouped(classes, ({ path }) => SUBJECTS[path] ?? 'Other errors');
  const byName = classes.map(({ name }) => name).sort();
  return [
    '# Errors by name',
    `Every error that this package throws on purpose is a class of its own under \`${BASE}\`: \`error.name\` is the name ` +
      'below, and its facts are fields, so that a program need not read messages. The command line prints ' +
      '`Name: message` and ends with code 1, or 2 for wrong usage. Search this page for the name you got.',
    table(
      ['from A to Z', ''],
      [...grouped(byName, (name) => name[0] ?? '')].map(([letter, names]) => [
        letter,
        names.map((name) => `[${name}](#${name.toLowerCase()})`).join(', '),
      ]),
    ),
    ...[...groups].map(([subject, members]) => [`## ${subject}`, ...members.map(section)].join('\n\n')),
  ].join('\n\n');
}

function section({ name, base, cause, message, exported }: ErrorClass): string {
  return [
    `### ${name}`,
    `**Means.** ${escapedAroundCode(cause || 'See its message.')}`,
    message ? `**Message.** <code v-pre>${escaped(message)}</code>` : '',
    `**What to do.** ${escapedAroundCode(ADVICE[name] ?? '')}`,
    base === BASE || name === BASE ? '' : `A kind of [${base}](#${base.toLowerCase()}).`,
    exported ? '' : 'Of the command line; the library does not export it.',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** What the constructor hands to the base class as the message. */
function messageOf(node: ts.ClassDeclaration, base: string): string {
  const made = node.members.find(ts.isConstructorDeclaration);
  let args: readonly ts.Expression[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isCallExpression(child) && child.expression.kind === ts.SyntaxKind.SuperKeyword)
      args = child.arguments;
    ts.forEachChild(child, visit);
  };
  if (made?.body) visit(made.body);
  const shown = base === BASE ? args.slice(0, 1) : args.slice(0, 2);
  return shown.map(worded).join(': ').replaceAll(/\s+/g, ' ').trim();
}

/** The text of an expression, names of what is filled in between angle brackets. */
function worded(expression: ts.Expression): string {
  if (ts.isStringLiteral(expression) || ts.isNoSubstitutionTemplateLiteral(expression))
    return expression.text;
  if (ts.isParenthesizedExpression(expression)) return worded(expression.expression);
  if (ts.isConditionalExpression(expression)) return worded(expression.whenTrue);
  if (ts.isBinaryExpression(expression)) return worded(expression.left) + worded(expression.right);
  if (ts.isTemplateExpression(expression)) {
    const spans = expression.templateSpans.map(
      ({ expression, literal }) => worded(expression) + literal.text,
    );
    return expression.head.text + spans.join('');
  }
  if (ts.isCallExpression(expression)) {
    const [first] = expression.arguments;
    if (first && !ts.isArrowFunction(first) && ts.isIdentifier(expression.expression)) return worded(first);
    return ts.isPropertyAccessExpression(expression.expression)
      ? worded(expression.expression.expression)
      : '…';
  }
  if (ts.isPropertyAccessExpression(expression)) return worded(expression.expression);
  return ts.isIdentifier(expression) ? `<${expression.text}>` : '…';
}
