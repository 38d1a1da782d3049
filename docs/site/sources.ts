import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

export const ROOT = join(import.meta.dirname, '../..');

/** Every TypeScript file of the package, parsed; paths from the repository's root. */
export function sourceFiles(folders = ['src', 'weights']): { path: string; file: ts.SourceFile }[] {
  return folders
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !/^weights\/(training|evaluation)\//.test(path))
    .sort()
    .map((path) => ({
      path,
      file: ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest, true),
    }));
}

export interface DocComment {
  /** On one line, with links as code. */
  readonly text: string;
  /** Of the tag `@defaultValue` or `@default`, where there is one. */
  readonly default?: string;
  /** Of the sentence `Unit: pixels.`; `none` for a plain number. */
  readonly unit?: string;
  /** Of the sentence `Source: scikit-learn.`: what the option and its default follow. */
  readonly source?: string;
}

/** The doc comment of a declaration. */
export function docOf(node: ts.Node): DocComment {
  const blocks = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const block = blocks.at(-1);
  const tag = (...names: string[]) => {
    const found = block?.tags?.find(({ tagName }) => names.includes(tagName.text));
    return found && oneLine(ts.getTextOfJSDocComment(found.comment) ?? '');
  };
  const text = oneLine(ts.getTextOfJSDocComment(block?.comment) ?? '');
  return {
    text: text.replaceAll(SENTENCES, '').trim(),
    default: tag('defaultValue', 'default'),
    unit: sentence(text, 'Unit'),
    source: sentence(text, 'Source'),
  };
}

const SENTENCES = /\s*\b(?:Unit|Source): [^.]*\./g;

function sentence(text: string, about: 'Unit' | 'Source'): string | undefined {
  return new RegExp(`\\b${about}: ([^.]*)\\.`).exec(text)?.[1];
}

function oneLine(text: string): string {
  return text
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export function isExported(node: ts.Node & { modifiers?: ts.NodeArray<ts.ModifierLike> }): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

export interface Declared {
  readonly name: string;
  readonly path: string;
  readonly node: ts.Statement;
}

/** What the package's entries export, by name, with where it is declared. */
export function publicDeclarations(entries = ['src/index.ts', 'src/plots/index.ts']): Map<string, Declared> {
  const files = new Map(sourceFiles().map(({ path, file }) => [path, file]));
  const found = new Map<string, Declared>();
  const visit = (path: string, wanted?: ReadonlySet<string>) => {
    for (const node of files.get(path)?.statements ?? []) {
      if (ts.isExportDeclaration(node)) followExport(node, path, wanted);
      for (const name of isExported(node) ? declaredNames(node) : []) {
        if (wanted?.has(name) ?? true) found.set(name, { name, path, node });
      }
    }
  };
  const followExport = (node: ts.ExportDeclaration, path: string, wanted?: ReadonlySet<string>) => {
    if (!node.moduleSpecifier || !ts.isStringLiteral(node.moduleSpecifier)) return;
    const target = join(path, '..', node.moduleSpecifier.text);
    const named =
      node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : undefined;
    const names = named?.map(({ name, propertyName }) => (propertyName ?? name).text);
    visit(target, names ? new Set(names) : wanted);
  };
  for (const entry of entries) visit(entry);
  return found;
}

function declaredNames(node: ts.Statement): string[] {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name)
        ? [name.text]
        : name.elements.flatMap((element) =>
            ts.isBindingElement(element) && ts.isIdentifier(element.name) ? [element.name.text] : [],
          ),
    );
  }
  const { name } = node as ts.DeclarationStatement;
  return name && ts.isIdentifier(name) ? [name.text] : [];
}
