/** A walk over a syntax tree: tokens in source order, with the nodes around them. */
import type { Tree, TreeCursor } from 'web-tree-sitter';
import type { Rules } from './rules.ts';

/** A node on the way from the root down to a token. */
export interface Frame {
  readonly type: string;
  /** The grammar's name of the edge above it; `''` where it has none or the rules cannot ask for it. */
  readonly field: string;
}

export interface Token extends Frame {
  /** UTF-16 code units, as JavaScript's strings count. */
  readonly start: number;
  readonly end: number;
}

/** `around` is the same growing and shrinking list in every call: the nodes around what the call is about, the root first. */
export interface Visitor {
  /** A node without parts, or one that counts as whole. */
  token(token: Token, around: readonly Frame[]): void;
  /** Text that is no token: a comment. */
  skip(start: number, end: number): void;
  enter(type: string, around: readonly Frame[]): void;
  leave(around: readonly Frame[]): void;
  /** An ERROR begins, or a token is missing. */
  fault(): void;
}

export function walk(tree: Tree, rules: Rules, visitor: Visitor): void {
  const around: Frame[] = [];
  const cursor = tree.walk();
  try {
    for (;;) {
      if (visitNode(cursor, rules, visitor, around)) continue;
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return;
        around.pop();
        visitor.leave(around);
      }
    }
  } finally {
    cursor.delete();
  }
}

/** Whether the cursor went down into the node. */
function visitNode(cursor: TreeCursor, rules: Rules, visitor: Visitor, around: Frame[]): boolean {
  const type = cursor.nodeType;
  if (rules.skipped.has(type)) {
    visitor.skip(cursor.startIndex, cursor.endIndex);
    return false;
  }
  // Every look at the tree is a call into WebAssembly, so fields are read only below nodes that the rules name.
  const field = rules.asked.has(around.at(-1)?.type ?? '') ? (cursor.currentFieldName ?? '') : '';
  if (type === 'ERROR') visitor.fault();
  if (!rules.whole.has(type) && cursor.gotoFirstChild()) {
    visitor.enter(type, around);
    around.push({ type, field });
    return true;
  }
  const token = { type, field, start: cursor.startIndex, end: cursor.endIndex };
  if (token.start === token.end && cursor.nodeIsMissing) visitor.fault();
  else visitor.token(token, around);
  return false;
}
