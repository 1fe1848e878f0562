/** Reads tokens, function name and variables off a syntax tree in one walk (victims-and-data.md 2.2, 2.3). */
import type { Node, Tree, TreeCursor } from 'web-tree-sitter';
import type { Language, Program } from '../../core/contracts.ts';

interface Rules {
  /** Node types that are one token although they have children. */
  readonly whole: ReadonlySet<string>;
  readonly comments: ReadonlySet<string>;
  /** The authors' list: an identifier below one of these is an entry of `variables`. */
  readonly variableParents: ReadonlySet<string>;
  /** The node that defines a function, and the nodes on the way from it down to its name. */
  readonly definition: string;
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
    definition: 'function_definition',
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
  let treeName: string | null = null;
  forEachToken(tree.walk(), rule, (type, start, end, ancestors) => {
    // Offsets count UTF-16 code units, as JavaScript strings do. A token over several lines is joined without breaks.
    const token = source.slice(start, end).replace(/\r?\n/g, '');
    if (token === '') return;
    tokens.push(token);
    if (type !== 'identifier') return;
    if (rule.variableParents.has(ancestors.at(-1) ?? '')) variables.push(token);
    if (treeName === null && namesFunction(ancestors, rule)) treeName = token;
  });
  return { tokens, functionName: treeName ?? tokenBeforeParenthesis(tokens), variables };
}

/** Calls `visit` for every token in source order; `ancestors` are node types from the root down to the token's parent. */
function forEachToken(
  cursor: TreeCursor,
  rule: Rules,
  visit: (type: Node['type'], start: number, end: number, ancestors: readonly string[]) => void,
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
    if (type === rule.definition) return sawFunction;
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
