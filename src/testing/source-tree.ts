/** Our own source files with what they import, read with the TypeScript parser; the architecture test judges them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** From the repository's root, with forward slashes: `src/core/rng.ts`. */
  readonly path: string;
  readonly text: string;
  /** Module specifiers as written: static, dynamic, type-only and resolved ones. */
  readonly specifiers: readonly string[];
  /** Paths of our own files among them, existing or not. */
  readonly imports: readonly string[];
  /** Every identifier and string literal, comments left out. */
  readonly words: readonly string[];
}

/** All TypeScript and JavaScript files below `folders`, in path order. */
export function readSources(folders: readonly string[]): readonly SourceFile[] {
  return folders
    .flatMap((folder) => listFiles(join(repositoryRoot, folder)))
    .filter((path) => /\.(ts|mts|js|mjs)$/.test(path))
    .map((path) => parseSource(relative(repositoryRoot, path).split(sep).join('/'), readFileSync(path, 'utf8')))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function parseSource(path: string, text: string): SourceFile {
  const specifiers: string[] = [];
  const words: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== null) specifiers.push(specifier);
    if (ts.isIdentifier(node) || ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      words.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true));
  const imports = specifiers.filter((name) => name.startsWith('.')).map((name) => posix.normalize(posix.join(dirname(path), name)));
  return { path, text, specifiers, imports, words };
}

/** The module a node names, or `null`: import and export declarations, `import(…)`, `import('…').Type`, `require.resolve(…)`. */
function specifierOf(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : null;
  if (!ts.isCallExpression(node)) return null;
  const callee = node.expression.getText();
  const loads = ['import', 'require', 'require.resolve', 'import.meta.resolve'].includes(callee);
  return loads ? textOf(node.arguments[0]) : null;
}

/** Of a template, the part before its first gap: `pkg/folder/`. */
function textOf(node: ts.Node | undefined): string | null {
  if (node === undefined) return null;
  if (ts.isTemplateExpression(node)) return node.head.text;
  return ts.isStringLiteralLike(node) ? node.text : null;
}

/** `@scope/name` or `name` of a specifier of a package; `null` for our own files and for Node's modules. */
export function packageOf(specifier: string): string | null {
  if (/^(\.|node:|data:|file:)/.test(specifier)) return null;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** One cycle of the import graph as a list of paths, first repeated last, or `null`. */
export function findCycle(files: readonly SourceFile[]): readonly string[] | null {
  const importsOf = new Map(files.map((file) => [file.path, file.imports]));
  const finished = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return null;
    for (const next of importsOf.get(path) ?? []) {
      const cycle = walk(next, [...trail, path]);
      if (cycle !== null) return cycle;
    }
    finished.add(path);
    return null;
  };
  for (const file of files) {
    const cycle = walk(file.path, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
