import ts from 'typescript';
import { code, escapedAroundCode, table } from './markdown.ts';
import { type Declared, type DocComment, docOf, publicDeclarations } from './sources.ts';

/** The calls in the order that a reader meets them, each with the interfaces of what it takes. */
const CALLS: readonly (readonly [call: string, interfaces: readonly string[]])[] = [
  ['BiomedClip.load', ['LoadOptions']],
  ['model.embedBatch', ['EmbedInputs', 'NamedImage', 'NamedText', 'EmbedOptions']],
  ['similarityMatrix', ['SimilarityOptions']],
  ['searchIndex', ['SearchIndexOptions', 'AddedRows', 'QueryOptions']],
  ['duplicates', ['DuplicatesOptions']],
  ['tsne', ['TsneOptions']],
  ['tsneTransform', ['TsneTransformOptions']],
  ['modalityGap', ['GapOptions']],
  ['embeddingQuality', ['JudgedRows', 'QualityOptions']],
  ['fitGapClosing', ['ClosingRows', 'ClosingOptions', 'HeadOptions']],
  ['sweepGapClosings', ['SweepOptions']],
  ['shiftModalities', ['ShiftOptions']],
];

export interface LibraryOption {
  readonly of: string;
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly doc: DocComment;
}

interface Options extends Declared {
  readonly node: ts.InterfaceDeclaration;
}

/** The page of every option of every call, from the doc comments beside the types. */
export function optionsPage(): string {
  const known = optionInterfaces();
  const listed = new Set(CALLS.flatMap(([, interfaces]) => interfaces));
  const others = [...known.keys()].filter((name) => !listed.has(name)).sort();
  return [
    '# All options of the library',
    'Made from the comments beside the types, which your editor shows too. An option without a default may be left out, ' +
      'unless it says *required*. Every number has its unit, or *none*. Where a source is named, the option and its default follow it; ' +
      'the others are this library’s own.',
    '',
    ...CALLS.map(([call, interfaces]) => section(call, interfaces, known)),
    ...(others.length > 0 ? [section('Others', others, known)] : []),
  ].join('\n\n');
}

export function libraryOptions(): LibraryOption[] {
  return [...optionInterfaces().values()].flatMap(optionsOf);
}

/** Exported interfaces that a caller fills in. @throws {TypeError} for one of `CALLS` that is no longer there */
function optionInterfaces(): Map<string, Options> {
  const wanted = new Set(CALLS.flatMap(([, interfaces]) => interfaces));
  const declared = publicDeclarations();
  const found = new Map<string, Options>();
  for (const [name, { path, node }] of declared) {
    if (ts.isInterfaceDeclaration(node) && (wanted.has(name) || name.endsWith('Options')))
      found.set(name, { name, path, node });
  }
  const missing = [...wanted].filter((name) => !found.has(name));
  if (missing.length > 0)
    throw new TypeError(`docs/site/options.ts names ${missing.join(', ')}, which nobody exports`);
  return found;
}

function section(call: string, interfaces: readonly string[], known: ReadonlyMap<string, Options>): string {
  const parts = interfaces.map((name) => {
    const declared = known.get(name) as Options;
    const { text } = docOf(declared.node);
    return [
      `### ${name}`,
      [escapedAroundCode(text), inherited(declared), `Declared in ${code(declared.path)}.`]
        .filter(Boolean)
        .join(' '),
      table(
        ['option', 'default', 'unit', 'meaning', 'source', 'type'],
        optionsOf(declared).map(({ name, required, doc, type }) => [
          code(name) + (required ? ' *required*' : ''),
          escapedAroundCode(defaultOf(doc) ?? ''),
          escapedAroundCode(doc.unit ?? ''),
          escapedAroundCode(doc.text),
          escapedAroundCode(doc.source ?? ''),
          code(type),
        ]),
      ),
    ].join('\n\n');
  });
  return [`## ${call}`, ...parts].join('\n\n');
}

function optionsOf({ name: of, node }: Options): LibraryOption[] {
  return node.members.filter(ts.isPropertySignature).map((member) => ({
    of,
    name: member.name.getText(),
    type: (member.type?.getText() ?? 'unknown').replaceAll(/\s+/g, ' '),
    required: member.questionToken === undefined,
    doc: docOf(member),
  }));
}

function inherited({ node }: Options): string {
  const bases = (node.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.getText()));
  return bases.length === 0 ? '' : `Besides those of ${bases.map(code).join(' and ')}.`;
}

/** What the comment says that it is: `Default 30`, `` `pca` (the default) ``, or the tag `@defaultValue`. */
export function defaultOf(doc: DocComment): string | undefined {
  if (doc.default !== undefined) return doc.default;
  const named =
    /(`[^`]+`)[^.`]*\(the default\)/.exec(doc.text) ??
    /\b[Dd]efault:? (`[^`]+`|[^.;()]+(?:\.\d+)?)/.exec(doc.text);
  return named?.[1];
}
