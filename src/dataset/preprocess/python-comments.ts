/**
 * Removes comments and docstrings from Python by lexical tokens, as the authors' code does with Python's own tokenizer (victims-and-data.md
 * 2.1). Ours takes any text, Python 2 and broken code included, where theirs gives up and keeps the text as it is:
 * - a quote without its partner is a character like any other, so that comments behind it go;
 * - a closing bracket without its partner counts for nothing, an opening one makes one statement of the rest of the text;
 * - a line indented less than the block around it, but as no block outside, just closes blocks.
 */
import { dropBlankLines } from './comments.ts';

const piece = /(?<blank>[ \t\f]+)|(?<newline>\r?\n)|(?<comment>#[^\n]*)|(?<continuation>\\\r?\n)|[\p{L}_][\p{L}\p{M}\p{N}_]*|[^]/uy;
/** `ur` is Python 2's. */
const string =
  /(?:[rbuf]|br|rb|fr|rf|ur)?(?:'''(?:\\[^]|[^\\])*?'''|"""(?:\\[^]|[^\\])*?"""|'(?:\\[^]|[^\\'\n])*'|"(?:\\[^]|[^\\"\n])*")/iy;

/**
 * Comments dropped; a string dropped behind an indentation or the end of a statement, or in column 0; then blank lines dropped. Gaps
 * between tokens stay as they are, where the authors write a blank for each column: the same unless there are tabs, whose replacement by
 * single blanks would take the indentation of all lines of a block but its first.
 */
export function dropPythonComments(source: string): string {
  const lines = new Lines();
  for (let at = 0; at < source.length;) {
    const text = matchAt(string, source, at)?.[0];
    if (text !== undefined) {
      lines.addString(text);
      at += text.length;
      continue;
    }
    const match = matchAt(piece, source, at)!;
    const { blank, newline, comment, continuation } = match.groups!;
    if (blank !== undefined) lines.addBlank(blank);
    else if (newline !== undefined) lines.endLine();
    else if (comment !== undefined) lines.addComment();
    else if (continuation !== undefined) lines.continueLine();
    else lines.addToken(match[0]);
    at += match[0].length;
  }
  return dropBlankLines(lines.text());
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/** The text that is kept, and as much of a tokenizer's state as the rule about strings needs. */
class Lines {
  readonly #kept: string[] = [];
  /** Text starts as if behind an indentation. */
  #before: 'indent' | 'newline' | 'other' = 'indent';
  /** Columns of the open blocks; tabs count to the next multiple of eight. */
  readonly #indents = [0];
  #openBrackets = 0;
  /** White space that was read and not yet kept. */
  #blank = '';
  #isLineEmpty = true;
  #isStatementEmpty = true;
  #isContinued = false;

  text(): string {
    return this.#kept.join('') + this.#blank;
  }

  addBlank(text: string): void {
    this.#blank += text;
  }

  addComment(): void {
    this.#keep('');
    this.#before = 'other';
    this.#isLineEmpty = false;
  }

  /** The backslash goes, with the blanks before it: the statement stands on one line. */
  continueLine(): void {
    this.#blank = '';
    this.#isLineEmpty = true;
    this.#isContinued = true;
  }

  /** A line end is the end of a statement unless there is none or a bracket is open. */
  endLine(): void {
    this.#before = this.#isStatementEmpty || this.#openBrackets > 0 ? 'other' : 'newline';
    if (this.#openBrackets === 0) this.#isStatementEmpty = true;
    this.#keep('\n');
    this.#isLineEmpty = true;
    this.#isContinued = false;
  }

  addString(text: string): void {
    const isFirstColumn = this.#isLineEmpty && this.#blank === '';
    this.#beginToken();
    const isKept = this.#before === 'other' && !isFirstColumn;
    this.#keep(isKept ? text : '');
    this.#before = 'other';
  }

  addToken(text: string): void {
    this.#beginToken();
    if ('([{'.includes(text)) this.#openBrackets++;
    if (')]}'.includes(text)) this.#openBrackets = Math.max(0, this.#openBrackets - 1);
    this.#keep(text);
    this.#before = 'other';
  }

  /** The first token of a statement opens or closes blocks by its column. */
  #beginToken(): void {
    if (this.#isStatementEmpty && !this.#isContinued && this.#isLineEmpty) this.#indent(columnOf(this.#blank));
    this.#isLineEmpty = false;
    this.#isStatementEmpty = false;
  }

  #indent(column: number): void {
    if (column > this.#indents.at(-1)!) {
      this.#indents.push(column);
      this.#before = 'indent';
    } else if (column < this.#indents.at(-1)!) {
      while (column < this.#indents.at(-1)!) this.#indents.pop();
      this.#before = 'other';
    }
  }

  #keep(text: string): void {
    this.#kept.push(this.#blank, text);
    this.#blank = '';
  }
}

/** A form feed sets the column back to 0. */
function columnOf(blank: string): number {
  let column = 0;
  for (const character of blank) column = character === '\t' ? (Math.floor(column / 8) + 1) * 8 : character === '\f' ? 0 : column + 1;
  return column;
}
