/** Every n-gram of a text once, as a tree: a gram is the gram without its last token, and that token. */

/** The empty gram, the root of the tree. */
export const ROOT = 0;
export const ABSENT = -1;

/** Open addressing over typed arrays: a `Map` with composed keys takes several times the memory and time of these millions of grams. */
export class GramTable {
  /** Of each gram: the gram it continues. */
  parents = new Int32Array(1024);
  /** Of each gram: its last token. */
  tokens = new Int32Array(1024);
  /** Grams, the root among them. */
  size = 1;
  /** Gram, or 0 for an empty slot: the root is never looked up. */
  private slots = new Int32Array(2048);

  /** The gram that continues `parent` with `token`, or `ABSENT`. */
  find(parent: number, token: number): number {
    const gram = this.slots[this.slotOf(parent, token)]!;
    return gram === 0 ? ABSENT : gram;
  }

  /** The gram that continues `parent` with `token`; a new one is numbered `size`. */
  insert(parent: number, token: number): number {
    const slot = this.slotOf(parent, token);
    const found = this.slots[slot]!;
    if (found !== 0) return found;
    if (this.size === this.parents.length) this.grow();
    const gram = this.size++;
    this.parents[gram] = parent;
    this.tokens[gram] = token;
    this.slots[this.slotOf(parent, token)] = gram;
    return gram;
  }

  /** Where the gram is, or would stand. */
  private slotOf(parent: number, token: number): number {
    const mask = this.slots.length - 1;
    // Two odd multipliers, the upper half folded into the lower.
    const mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(token + 1, 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    for (;;) {
      const gram = this.slots[slot]!;
      if (gram === 0 || (this.parents[gram] === parent && this.tokens[gram] === token)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Twice as many grams, and slots for twice as many as these. */
  private grow(): void {
    const [parents, tokens] = [this.parents, this.tokens];
    this.parents = new Int32Array(2 * parents.length);
    this.tokens = new Int32Array(2 * tokens.length);
    this.parents.set(parents);
    this.tokens.set(tokens);
    this.slots = new Int32Array(2 * this.slots.length);
    for (let gram = 1; gram < this.size; gram++) this.slots[this.slotOf(this.parents[gram]!, this.tokens[gram]!)] = gram;
  }
}
