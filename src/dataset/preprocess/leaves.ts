/** Reads tokens, function name and variables off a syntax tree in one walk (victims-and-data.md 2.2, 2.3). */
import type { Tree, TreeCursor } from 'web-tree-sitter';
import type { Language, Program } from '../../core/contracts.ts';

interface Rules {
  /** Node types that are one token although they have children. */
  readonly whole: ReadonlySet<string>;
  readonly comments: ReadonlySet<string>;
  /** The authors' list: an identifier below one of these is an entry of `variables`. */
  readonly variableParents: ReadonlySet<string>;
  /**
   * Nodes that define a function, and the nodes on the way from them down to its name. Where a body does not parse, its head stands below an
   * ERROR, and an `else if (…) {` further down may pass for a definition: the name is the first one, and stands before the body.
   */
  readonly definitions: ReadonlySet<string>;
  readonly bodyStart: string;
  readonly declarators: ReadonlySet<string>;
}

const rules: Partial<Readonly<Record<Language, Rules>>> = {
  c: {
    whole: new Set(['string']),
    comments: new Set(['comment']),
    variableParents: new Set([
      'function_declarator',
      'pointer_declarator',
      'declaration',
      'binary_expression',
      'case_statement',
      'field_expression',
    ]),
    definitions: new Set(['function_definition', 'ERROR']),
    bodyStart: '{',
    declarators: new Set([
      'function_declarator',
      'pointer_declarator',
      'parenthesized_declarator',
      'array_declarator',
      'attributed_declarator',
    ]),
  },
};

/** The program behind `tree`, which was parsed from `source`. */
export function readProgram(tree: Tree, source: string, language: Language): Program {
  const rule = rules[language];
  if (rule === undefined) throw new Error(`no tree rules for ${language}`);
  const tokens: string[] = [];
  const variables: string[] = [];
  const treeNames: string[] = [];
  forEachToken(tree.walk(), rule, (type, start, end, ancestors) => {
    // Offsets count UTF-16 code units, as JavaScript strings do. A token over several lines is joined without breaks.
    const token = source.slice(start, end).replace(/\r?\n/g, '');
    if (token === '') return;
    tokens.push(token);
    if (type !== 'identifier') return;
    if (rule.variableParents.has(ancestors.at(-1) ?? '')) variables.push(token);
    if (treeNames.length === 0 && !tokens.includes(rule.bodyStart) && namesFunction(ancestors, rule)) treeNames.push(token);
  });
  return { tokens, functionName: treeNames[0] ?? tokenBeforeParenthesis(tokens), variables };
}

/** Calls `visit` for every token in source order; `ancestors` are node types from the root down to the token's parent. */
function forEachToken(
  cursor: TreeCursor,
  rule: Rules,
  visit: (type: string, start: number, end: number, ancestors: readonly string[]) => void,
): void {
  const ancestors: string[] = [];
  try {
    for (;;) {
      const type = cursor.nodeType;
      if (!rule.comments.has(type)) {
        if (!rule.whole.has(type) && cursor.gotoFirstChild()) {
          ancestors.push(type);
          continue;
        }
        visit(type, cursor.startIndex, cursor.endIndex, ancestors);
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return;
        ancestors.pop();
      }
    }
  } finally {
    cursor.delete();
  }
}

/**
 * Whether an identifier below `ancestors` is the defined function's name: only declarators, at least one of them a function's, lie between
 * it and the definition. Parameters lie below a parameter list, so the innermost declarator's identifier alone qualifies.
 */
function namesFunction(ancestors: readonly string[], rule: Rules): boolean {
  let sawFunction = false;
  for (let depth = ancestors.length - 1; depth >= 0; depth--) {
    const type = ancestors[depth]!;
    if (rule.definitions.has(type)) return sawFunction;
    if (!rule.declarators.has(type)) return false;
    sawFunction ||= type === 'function_declarator';
  }
  return false;
}

/** The code's rule: the token before the first `(`. */
function tokenBeforeParenthesis(tokens: readonly string[]): string | null {
  const at = tokens.indexOf('(');
  return at > 0 ? tokens[at - 1]! : null;
}
