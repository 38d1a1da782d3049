import { fileURLToPath } from 'node:url';
import ts from 'typescript';

// What an entry of the package exports, read by TypeScript as an editor reads it for hover texts and completions.

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Something exported, or a member of an exported interface. */
export interface PublicName {
  /** `similarityMatrix`, or `SimilarityOptions.topK`. */
  readonly name: string;
  /** What an editor shows, without tags; empty where there is none. */
  readonly doc: string;
  readonly kind: 'function' | 'class' | 'type' | 'value' | 'member' | 'method';
  /** Of members: whether it may be left out. */
  readonly optional: boolean;
  /** Of members: its type as it is written. */
  readonly type: string;
}

export class PublicApi {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;

  constructor(readonly entries: readonly string[]) {
    const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} };
    const config = ts.getParsedCommandLineOfConfigFile(`${root}tsconfig.json`, {}, host);
    const files = [...entries, 'src/text-files.d.ts'].map((file) => root + file);
    this.#program = ts.createProgram(files, config?.options ?? {});
    this.#checker = this.#program.getTypeChecker();
  }

  /** All that `entry` exports, with the members of its interfaces and object constants. */
  names(entry: string): PublicName[] {
    return this.#exports(entry).flatMap((symbol) => [
      this.#name(symbol, symbol.name, kindOf(symbol)),
      ...this.#members(symbol).map((member) =>
        this.#name(member, `${symbol.name}.${member.name}`, isMethod(member) ? 'method' : 'member'),
      ),
    ]);
  }

  /** Types of the project that the declarations of `entry` name but that it does not export: `Type in Export`. */
  unexportedTypes(entry: string): string[] {
    const exported = this.#exports(entry);
    const known = new Set(exported.map(({ name }) => name)); // `BiomedClip` extends what it is by name
    const missing = new Set<string>();
    for (const symbol of exported) {
      for (const node of (symbol.declarations ?? []).flatMap(namedTypes)) {
        const type = this.#resolved(this.#checker.getSymbolAtLocation(node));
        if (type && !known.has(type.name) && this.#isOurs(type))
          missing.add(`${type.name} in ${symbol.name}`);
      }
    }
    return [...missing];
  }

  /** Error classes of the files that `entry` is made of, which a caller may want to tell apart. */
  errorClasses(): string[] {
    const ours = this.#program.getSourceFiles().filter(({ fileName }) => isOurFile(fileName));
    const classes = ours.flatMap((file) => file.statements.filter(ts.isClassDeclaration));
    const parents = new Map(classes.map((node) => [node.name?.text ?? '', parentOf(node)]));
    const isError = (name: string | undefined): boolean =>
      name === 'BiomedClipError' || (name !== undefined && isError(parents.get(name)));
    return [...parents.keys()].filter(isError);
  }

  #exports(entry: string): ts.Symbol[] {
    const file = this.#program.getSourceFile(root + entry);
    const module = file && this.#checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${entry}: exports nothing`);
    return this.#checker.getExportsOfModule(module).flatMap((symbol) => this.#resolved(symbol) ?? []);
  }

  /** Members of an interface, inherited ones too, and of an object constant; a class's fields need no text. */
  #members(symbol: ts.Symbol): ts.Symbol[] {
    const isObject = (symbol.flags & ts.SymbolFlags.Interface) !== 0;
    const members = isObject ? this.#checker.getDeclaredTypeOfSymbol(symbol).getProperties() : [];
    return [...members.filter((member) => this.#isOurs(member)), ...valuesOf(symbol)];
  }

  #resolved(symbol: ts.Symbol | undefined): ts.Symbol | undefined {
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** A symbol's text, or of a function the text of each overload: an editor shows that of the one that is called. */
  #docs(symbol: ts.Symbol): string[] {
    const isFunction = kindOf(symbol) === 'function' || isMethod(symbol);
    const signatures = isFunction ? this.#checker.getTypeOfSymbol(symbol).getCallSignatures() : [];
    const documented = signatures.length > 0 ? signatures : [symbol];
    return documented.map((it) => ts.displayPartsToString(it.getDocumentationComment(this.#checker)));
  }

  #isOurs(type: ts.Symbol): boolean {
    if (type.flags & ts.SymbolFlags.TypeParameter) return false;
    return (type.declarations ?? []).some((node) => isOurFile(node.getSourceFile().fileName));
  }

  #name(symbol: ts.Symbol, name: string, kind: PublicName['kind']): PublicName {
    const [declaration] = symbol.declarations ?? [];
    const type = declaration && 'type' in declaration ? (declaration.type as ts.Node | undefined) : undefined;
    return {
      name,
      kind,
      doc: this.#docs(symbol).sort((a, b) => a.length - b.length)[0] ?? '',
      optional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
      type: type?.getText() ?? '',
    };
  }
}

function isOurFile(file: string): boolean {
  return file.startsWith(root) && !file.includes('/node_modules/');
}

function parentOf(node: ts.ClassDeclaration): string | undefined {
  return node.heritageClauses?.[0]?.types[0]?.expression.getText();
}

function kindOf({ flags, valueDeclaration }: ts.Symbol): PublicName['kind'] {
  if (flags & ts.SymbolFlags.Class) return 'class';
  if (flags & ts.SymbolFlags.Function) return 'function';
  if (!(flags & ts.SymbolFlags.Value)) return 'type';
  const destructured = valueDeclaration && ts.isBindingElement(valueDeclaration);
  return destructured ? 'function' : 'value';
}

function isMethod({ flags, valueDeclaration }: ts.Symbol): boolean {
  const isFunction =
    valueDeclaration &&
    ts.isPropertyAssignment(valueDeclaration) &&
    ts.isArrowFunction(valueDeclaration.initializer);
  return (flags & ts.SymbolFlags.Method) !== 0 || isFunction === true;
}

/** Members of an object constant. */
function valuesOf({ declarations = [] }: ts.Symbol): ts.Symbol[] {
  const values = declarations.flatMap((node) => (ts.isVariableDeclaration(node) ? node.initializer : []));
  const members = values.flatMap((value) =>
    value && ts.isObjectLiteralExpression(value) ? [...value.properties] : [],
  );
  return members.flatMap((node) => ('symbol' in node ? (node.symbol as ts.Symbol) : []));
}

/** Every name of a type in a declaration, but not in the body of a function or in what is private. */
function namedTypes(node: ts.Node): ts.Node[] {
  if (ts.isBlock(node) || isHidden(node)) return [];
  if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) {
    if (!node.type) return [];
  }
  const own = ts.isTypeReferenceNode(node)
    ? [node.typeName]
    : ts.isExpressionWithTypeArguments(node)
      ? [node.expression]
      : [];
  const inner: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    inner.push(...namedTypes(child));
  });
  return [...own, ...inner];
}

function isHidden(node: ts.Node): boolean {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  const isPrivate = modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
  return isPrivate || ('name' in node && ts.isPrivateIdentifier(node.name as ts.Node));
}
