/**
 * Matrix products: tiles of A and B go through workgroup memory, each thread keeps a block of the result in registers, and the
 * next tiles are fetched while the present ones are multiplied.
 */
import { Kernel, loadAt, type Dispatch } from './kernel.ts';
import type { Stored } from './tensor.ts';

export interface Product {
  /** [batch?, M, K], or [batch?, K, M] when transposed. */
  readonly a: Stored;
  readonly b: Stored;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Products side by side; an operand with one matrix serves all. */
  readonly batch: number;
  readonly alpha: number;
  /** Added to the result: [N], [M, N], [M, 1] or [1]. */
  readonly c: Stored | null;
  readonly out: Stored;
}

interface Tile {
  /** Rows and columns of the result that a workgroup makes, and that a thread makes. */
  readonly rows: number;
  readonly columns: number;
  readonly threadRows: number;
  readonly threadColumns: number;
  /** Speed measured on an H200 against the largest tile, where there is enough to do. */
  readonly speed: number;
}

/** Measured on an H200: the largest reaches 40 to 47 TFLOP/s on CodeBERT's shapes, where cuBLAS reaches 39 to 50 in float32. */
const tiles: readonly Tile[] = [
  { rows: 128, columns: 128, threadRows: 8, threadColumns: 8, speed: 1 },
  { rows: 128, columns: 64, threadRows: 8, threadColumns: 8, speed: 0.9 },
  { rows: 64, columns: 64, threadRows: 8, threadColumns: 4, speed: 0.8 },
  { rows: 32, columns: 32, threadRows: 4, threadColumns: 4, speed: 0.45 },
];
/** Depth of a tile; deeper ones cost registers, and with them workgroups that run at once. */
const DEPTH = 8;
/** Spare groups of four at the end of a row in workgroup memory: rows begin in different banks. */
const SPARE = 1;
/** Processors of a large GPU: one workgroup keeps one busy (measured), so the fullest processor sets the time. */
const PROCESSORS = 132;
/** Multiply-adds a second, bytes a second and seconds a launch: the H200's, measured; only their proportions matter. */
const [RATE, BANDWIDTH, LAUNCH] = [22e12, 3.5e12, 4e-6];

interface Plan {
  readonly tile: Tile;
  /** Parts that K is cut into, each a workgroup's; their sums are added afterwards. */
  readonly splits: number;
}

/** The tile and cut with the least expected time. */
export function planProduct({ m, n, k, batch }: Pick<Product, 'm' | 'n' | 'k' | 'batch'>): Plan {
  const plans = tiles.flatMap((tile) =>
    [1, 2, 4, 8, 16, 32]
      .filter((splits) => splits === 1 || (batch === 1 && k / splits >= 256))
      .map((splits) => {
        const groups = Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch * splits;
        const share = Math.ceil(groups / PROCESSORS) * tile.rows * tile.columns * (k / splits);
        const sums = splits === 1 ? 0 : ((splits + 2) * m * n * 4) / BANDWIDTH + LAUNCH;
        return { tile, splits, time: share / tile.speed / (RATE / PROCESSORS) + sums };
      }),
  );
  return plans.reduce((best, plan) => (plan.time < best.time ? plan : best));
}

/** @returns the launches, and the [splits, M, N] partial sums that are still to be added up when K is cut */
export function product(
  options: Product,
  makePartial: (shape: readonly number[]) => Stored,
): { dispatch: Dispatch; partial: Stored | null } {
  const { tile, splits } = planProduct(options);
  const partial = splits === 1 ? null : makePartial([splits, options.m, options.n]);
  const kernel = new Kernel();
  const body = new ProductText(kernel, { ...options, out: partial ?? options.out, c: partial === null ? options.c : null }, tile, splits);
  const groups = [Math.ceil(options.n / tile.columns), Math.ceil(options.m / tile.rows), options.batch * splits] as const;
  const form = `${options.transA ? 'T' : 'N'}${options.transB ? 'T' : 'N'}`;
  const label = `product ${form} ${options.batch === 1 ? '' : `${options.batch}·`}${options.m}x${options.n}x${options.k}`;
  const threads = (tile.rows / tile.threadRows) * (tile.columns / tile.threadColumns);
  return { dispatch: kernel.finish(label, threads, groups, body.text()), partial };
}

/** One operand's way into workgroup memory, laid out [depth][side]. */
interface Side {
  readonly name: 'a' | 'b';
  /** Name of its buffer. */
  readonly buffer: string;
  /** Rows of A or columns of B in a tile, and in all. */
  readonly tile: number;
  readonly total: number;
  /** Whether memory runs along K. */
  readonly alongDepth: boolean;
  readonly lanes: 1 | 4;
  /** `batch` offset in elements, as text. */
  readonly base: string;
}

class ProductText {
  readonly #kernel: Kernel;
  readonly #p: Product;
  readonly #tile: Tile;
  readonly #threads: number;
  readonly #columnsOfThreads: number;
  readonly #rowsOfThreads: number;
  /** K of one workgroup. */
  readonly #depth: number;
  readonly #splits: number;

  constructor(kernel: Kernel, p: Product, tile: Tile, splits: number) {
    this.#kernel = kernel;
    this.#p = p;
    this.#tile = tile;
    this.#splits = splits;
    this.#columnsOfThreads = tile.columns / tile.threadColumns;
    this.#rowsOfThreads = tile.rows / tile.threadRows;
    this.#threads = this.#columnsOfThreads * this.#rowsOfThreads;
    this.#depth = Math.ceil(p.k / splits / DEPTH) * DEPTH;
  }

  text(): string {
    const { m, n, k, batch, transA, transB } = this.#p;
    const a = this.#side('a', this.#p.a, this.#tile.rows, m, !transA, m * k);
    const b = this.#side('b', this.#p.b, this.#tile.columns, n, transB, k * n);
    this.#kernel.global(`var<workgroup> tileA: array<vec4f, ${DEPTH * (this.#tile.rows / 4 + SPARE)}>;`);
    this.#kernel.global(`var<workgroup> tileB: array<vec4f, ${DEPTH * (this.#tile.columns / 4 + SPARE)}>;`);
    const last = this.#splits === 1 ? `${k}u` : `min(first + ${this.#depth}u, ${k}u)`;
    return `${this.#threadPlace()}
let m0 = group.y * ${this.#tile.rows}u; let n0 = group.x * ${this.#tile.columns}u;
let batch = ${batch === 1 ? '0u' : 'group.z'};
let first = ${this.#splits === 1 ? '0u' : `group.z * ${this.#depth}u`}; let last = ${last};
${this.#accumulators()}
${this.#places(a)}${this.#places(b)}
${this.#fetch(a, 'first')}${this.#fetch(b, 'first')}
for (var k0 = first; k0 < last; k0 += ${DEPTH}u) {
${this.#put(a)}${this.#put(b)}
workgroupBarrier();
let next = k0 + ${DEPTH}u;
if (next < last) {
${this.#fetch(a, 'next')}${this.#fetch(b, 'next')}
}
${Array.from({ length: DEPTH }, (_, d) => `{ ${this.#multiply(d)} }`).join('\n')}
workgroupBarrier();
}
${this.#store()}`;
  }

  #side(name: 'a' | 'b', tensor: Stored, tile: number, total: number, alongDepth: boolean, size: number): Side {
    const lanes = (alongDepth ? this.#p.k : total) % 4 === 0 && this.#depth % 4 === 0 ? 4 : 1;
    const base = this.#p.batch === 1 || tensor.size === size ? '0u' : `batch * ${size}u`;
    return { name, buffer: this.#kernel.read(tensor, lanes), tile, total, alongDepth, lanes, base };
  }

  /**
   * The 32 threads that run in step make up 4 rows by 8 columns of the workgroup's threads: so they read the fewest different
   * addresses of workgroup memory.
   */
  #threadPlace(): string {
    const across = this.#columnsOfThreads / 8;
    return `let inStep = t % 32u; let bundle = t / 32u;
let tx = bundle % ${across}u * 8u + inStep % 8u; let ty = bundle / ${across}u * 4u + inStep / 8u;`;
  }

  #accumulators(): string {
    return this.#eachResult((row, column) => `var c${row}_${column} = vec4f(0.0);`).join('\n');
  }

  #eachResult(text: (row: number, column: number) => string): string[] {
    const { threadRows, threadColumns } = this.#tile;
    return Array.from({ length: threadRows }, (_, row) =>
      Array.from({ length: threadColumns / 4 }, (__, column) => text(row, column)),
    ).flat();
  }

  /** Loads a thread makes for a tile. */
  #loads({ tile, lanes }: Side): number {
    return (DEPTH * tile) / lanes / this.#threads;
  }

  /** Which elements of the tile a thread fetches: `side` along rows of A or columns of B, `deep` along K. */
  #places(side: Side): string {
    const { name, lanes, tile, alongDepth } = side;
    const run = (alongDepth ? DEPTH : tile) / lanes;
    return Array.from({ length: this.#loads(side) }, (_, i) => {
      const place = `(t + ${i * this.#threads}u)`;
      const [along, across] = [`${place} % ${run}u * ${lanes}u`, `${place} / ${run}u`];
      const [deep, wide] = alongDepth ? [along, across] : [across, along];
      return `let ${name}d${i} = ${deep}; let ${name}s${i} = ${wide}; var ${name}r${i}: ${lanes === 4 ? 'vec4f' : 'f32'};\n`;
    }).join('');
  }

  #fetch(side: Side, k0: string): string {
    const { name, buffer, lanes, tile, total, alongDepth, base } = side;
    const origin = name === 'a' ? 'm0' : 'n0';
    const conditions = (deep: string, wide: string): string =>
      [
        total % tile === 0 ? '' : `${wide} < ${total}u`,
        this.#p.k % DEPTH === 0 && this.#depth * this.#splits === this.#p.k ? '' : `${deep} < last`,
      ]
        .filter((condition) => condition !== '')
        .join(' && ');
    return Array.from({ length: this.#loads(side) }, (_, i) => {
      const [deep, wide] = [`(${k0} + ${name}d${i})`, `(${origin} + ${name}s${i})`];
      const place = alongDepth ? `${base} + ${wide} * ${this.#p.k}u + ${deep}` : `${base} + ${deep} * ${total}u + ${wide}`;
      const element = lanes === 4 ? `${buffer}[(${place}) / 4u]` : `${buffer}[${place}]`;
      const condition = conditions(deep, wide);
      const register = `${name}r${i}`;
      if (condition === '') return `${register} = ${element};\n`;
      return `${register} = ${lanes === 4 ? 'vec4f(0.0)' : '0.0'}; if (${condition}) { ${register} = ${element}; }\n`;
    }).join('');
  }

  #put(side: Side): string {
    const { name, lanes, tile, alongDepth } = side;
    const shared = name === 'a' ? 'tileA' : 'tileB';
    return Array.from({ length: this.#loads(side) }, (_, i) => {
      const [deep, wide, register] = [`${name}d${i}`, `${name}s${i}`, `${name}r${i}`];
      const one = (depth: string, value: string): string =>
        `${shared}[(${depth}) * ${tile / 4 + SPARE}u + ${wide} / 4u][${wide} % 4u] = ${value};\n`;
      if (lanes === 1) return one(deep, register);
      if (!alongDepth) return `${shared}[${deep} * ${tile / 4 + SPARE}u + ${wide} / 4u] = ${register};\n`;
      return [0, 1, 2, 3].map((lane) => one(`${deep} + ${lane}u`, `${register}[${lane}]`)).join('');
    }).join('');
  }

  /** One step along K. */
  #multiply(d: number): string {
    const { rows, columns, threadRows, threadColumns } = this.#tile;
    const lines = Array.from(
      { length: threadColumns / 4 },
      (_, j) => `let b${j}v = tileB[${d * (columns / 4 + SPARE) + j * this.#columnsOfThreads}u + tx];`,
    );
    for (let i = 0; i < threadRows / 4; i++) {
      lines.push(`let a${i}v = tileA[${d * (rows / 4 + SPARE) + i * this.#rowsOfThreads}u + ty];`);
      for (let lane = 0; lane < 4; lane++) {
        for (let j = 0; j < threadColumns / 4; j++) {
          const sum = `c${i * 4 + lane}_${j}`;
          lines.push(`${sum} = fma(vec4f(a${i}v[${lane}]), b${j}v, ${sum});`);
        }
      }
    }
    return lines.join('\n');
  }

  #store(): string {
    const { m, n, c, alpha, out, batch } = this.#p;
    const lanes = n % 4 === 0 ? 4 : 1;
    const target = this.#kernel.write(out, lanes);
    const base = batch === 1 && this.#splits === 1 ? '' : `group.z * ${m * n}u + `;
    const wholeRows = m % this.#tile.rows === 0;
    const wholeColumns = n % this.#tile.columns === 0;
    return this.#eachResult((row, column) => {
      const y = `(m0 + (ty + ${Math.floor(row / 4) * this.#rowsOfThreads}u) * 4u + ${row % 4}u)`;
      const x = `(n0 + (tx + ${column * this.#columnsOfThreads}u) * 4u)`;
      const value = alpha === 1 ? `c${row}_${column}` : `c${row}_${column} * ${alpha}`;
      const store = (lane: number | null): string => {
        const place = `${y} * ${n}u + ${x}${lane === null || lane === 0 ? '' : ` + ${lane}u`}`;
        const added = c === null ? '' : ` + ${this.#addend(c, place, lane === null ? 4 : 1)}`;
        return lane === null
          ? `${target}[(${base}${place}) / 4u] = ${value}${added};`
          : `${target}[${base}${place}] = (${value})[${lane}]${added};`;
      };
      const inRow = wholeRows ? '' : `${y} < ${m}u`;
      const guarded = (statement: string, inColumn: string): string => {
        const condition = [inRow, inColumn].filter((part) => part !== '').join(' && ');
        return condition === '' ? statement : `if (${condition}) { ${statement} }`;
      };
      if (lanes === 4) return guarded(store(null), wholeColumns ? '' : `${x} < ${n}u`);
      return [0, 1, 2, 3].map((lane) => guarded(store(lane), `${x} + ${lane}u < ${n}u`)).join('\n');
    }).join('\n');
  }

  /** What is added to the result at `place` of [M, N]. */
  #addend(c: Stored, place: string, lanes: 1 | 4): string {
    return loadAt(this.#kernel, c, [this.#p.m, this.#p.n], lanes, place);
  }
}
