/** Reads a program off a syntax tree in one walk: tokens, gaps, names, statements (victims-and-data.md 2.2, 2.3). */
import type { Tree } from 'web-tree-sitter';
import type { Program } from '../../core/contracts.ts';
import { intern } from './intern.ts';
import type { Path, Rules } from './rules.ts';
import { walk, type Frame, type Token, type Visitor } from './walk.ts';

/** The program behind `tree`, which was parsed from `source`. */
export function readProgram(tree: Tree, source: string, rules: Rules): Program {
  const reader = new Reader(source, rules);
  walk(tree, rules, reader);
  return reader.program();
}

class Reader implements Visitor {
  readonly #source: string;
  readonly #rules: Rules;
  readonly #tokens: string[] = [];
  readonly #gaps: string[] = [];
  readonly #variables: string[] = [];
  readonly #locals = new Set<string>();
  readonly #foreign = new Set<string>();
  #name: string | null = null;
  #bodyStart: number | null = null;
  /** Where in the walk's list the node stands whose part the body's opener is; the body is over when the walk leaves it. */
  #bodyDepth = Infinity;
  #isBodyOver = false;
  /** Statements around the walk's place, the innermost last. */
  readonly #statements: { readonly depth: number; readonly first: number; readonly faults: number }[] = [];
  readonly #ends = new Set<number>();
  #faults = 0;
  /** End of the last token or comment in the source, and the gap that is known already. */
  #end = 0;
  #gap = '';

  constructor(source: string, rules: Rules) {
    this.#source = source;
    this.#rules = rules;
  }

  token({ type, field, start, end }: Token, around: readonly Frame[]): void {
    const text = this.#source.slice(start, end);
    // A token over several lines is joined without breaks; one of breaks alone is none.
    const token = intern(text.includes('\n') ? text.replace(/\r?\n/g, '') : text);
    if (token === '') return;
    this.#gaps.push(this.#takeGap(start));
    this.#end = end;
    this.#tokens.push(token);
    if (type === 'identifier') this.#readIdentifier(token, field, around);
    const parent = around.at(-1)?.type ?? '';
    if (this.#bodyStart === null && type === this.#rules.opener.token && this.#rules.opener.parents.has(parent)) {
      this.#bodyStart = this.#tokens.length;
      this.#bodyDepth = around.length - 1;
    }
  }

  skip(start: number, end: number): void {
    this.#gap += this.#source.slice(this.#end, start) + ' ';
    this.#end = end;
  }

  fault(): void {
    this.#faults++;
    // What begins here belongs to the statement before as like as not: an `else` that lost its `if`.
    this.#ends.delete(this.#tokens.length);
  }

  enter(type: string, around: readonly Frame[]): void {
    if (this.#bodyStart === null || this.#isBodyOver) return;
    const isStatement = this.#rules.containers.has(around.at(-1)?.type ?? '') && this.#rules.statement.test(type);
    if (isStatement) this.#statements.push({ depth: around.length, first: this.#tokens.length, faults: this.#faults });
  }

  leave(around: readonly Frame[]): void {
    if (around.length === this.#bodyDepth) this.#isBodyOver = true;
    if (this.#statements.at(-1)?.depth !== around.length) return;
    const { first, faults } = this.#statements.pop()!;
    const isWhole = faults === this.#faults && first < this.#tokens.length;
    if (isWhole && this.#beginsLine(first)) this.#ends.add(this.#tokens.length);
  }

  program(): Program {
    const { functionName, locals } = { functionName: this.#name ?? this.#beforeParenthesis(), locals: [...this.#locals] };
    return {
      tokens: this.#tokens,
      gaps: this.#gaps,
      functionName,
      variables: this.#variables,
      locals: locals.filter((name) => !this.#foreign.has(name)),
      bodyStart: this.#bodyStart,
      statementEnds: [...this.#ends].filter((index) => this.#beginsLine(index)).sort((a, b) => a - b),
    };
  }

  /** White space and comments up to `start`; a line that goes on behind a backslash is one line. */
  #takeGap(start: number): string {
    const gap = this.#gap + this.#source.slice(this.#end, start);
    this.#gap = '';
    return intern(gap.includes('\\') ? gap.replace(/\\\r?\n/g, ' ') : gap);
  }

  /** Where the layout matters, statements begin on lines of their own. The end of the text is such a place. */
  #beginsLine(index: number): boolean {
    return !this.#rules.layoutMatters || index === 0 || index === this.#tokens.length || this.#gaps[index]!.includes('\n');
  }

  #readIdentifier(token: string, field: string, around: readonly Frame[]): void {
    const parent = around.at(-1)?.type ?? '';
    if (this.#rules.variableParents.has(parent)) this.#variables.push(token);
    if (this.#rules.foreign.has(parent)) this.#foreign.add(token);
    if (this.#name === null && this.#bodyStart === null && this.#namesFunction(field, around)) this.#name = token;
    if (this.#bindsLocal(token, field, around)) this.#locals.add(token);
  }

  /** Where a body does not parse, an `else if (…) {` further down may pass for a function: the name stands before the body. */
  #namesFunction(field: string, around: readonly Frame[]): boolean {
    const { path, via } = this.#rules.name;
    const end = follow(path, field, around, around.length);
    return end !== null && (via === null || around.slice(end + 1).some(({ type }) => type === via));
  }

  #bindsLocal(token: string, field: string, around: readonly Frame[]): boolean {
    const { notDirectly, locals, ownParameters, receivers, scopes } = this.#rules;
    if (receivers.has(token) || notDirectly.has(around.at(-1)?.type ?? '')) return false;
    const end = follow(locals, field, around, around.length);
    if (end === null) return false;
    if (ownParameters.has(around[end - 1]?.type ?? '') && !this.#isFunctionItself(around, end - 2)) return false;
    const scope = around.findLast(({ type }) => Object.hasOwn(scopes, type));
    return scope === undefined || scopes[scope.type]!;
  }

  /** Whether `around[at]`, which has a list of parameters, declares the function and not a type or prototype in it. */
  #isFunctionItself(around: readonly Frame[], at: number): boolean {
    return around[at] !== undefined && follow(this.#rules.name.path, around[at].field, around, at) !== null;
  }

  /** The authors' rule for names: the token before the first `(`. */
  #beforeParenthesis(): string | null {
    const at = this.#tokens.indexOf('(');
    return at > 0 ? this.#tokens[at - 1]! : null;
  }
}

/** Where `path`, begun at a node below `around[below - 1]` on edge `field`, ends; `null` where it breaks off. */
function follow(path: Path, field: string, around: readonly Frame[], below: number): number | null {
  let edge = field;
  for (let depth = below - 1; depth >= 0; depth--) {
    const step = path[`${around[depth]!.type}.${edge}`];
    if (step === undefined) return null;
    if (step === 'ends') return depth;
    edge = around[depth]!.field;
  }
  return null;
}
