/** Safetensors: round trips, half precision, every kind of broken file refused, mutated files never read wrongly. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { narrowToHalves, widenedHalves } from './checkpoint-half.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts';

fc.configureGlobal({ seed: 20251 });

/** A file with this header text and these data bytes. */
function fileOf(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

const entry = (name: string, dtype: string, shape: number[], begin: number, end: number): string =>
  `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`;

const bytesOf = ({ data }: StoredTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const tensor: fc.Arbitrary<StoredTensor> = fc
  .record({
    dtype: fc.constantFrom('F32', 'F64', 'I32', 'I64', 'U8', 'BOOL'),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    random: fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
  })
  .map(({ dtype, shape, random }) => {
    const elements = shape.reduce((a, b) => a * b, 1);
    const take = (count: number, mask = 255): Uint8Array<ArrayBuffer> =>
      Uint8Array.from({ length: count }, () => random.next().value! & mask);
    switch (dtype) {
      case 'F32':
        return { dtype, shape, data: new Float32Array(take(4 * elements).buffer) };
      case 'F64':
        return { dtype, shape, data: new Float64Array(take(8 * elements).buffer) };
      case 'I32':
        return { dtype, shape, data: new Int32Array(take(4 * elements).buffer) };
      case 'I64':
        return { dtype, shape, data: new BigInt64Array(take(8 * elements).buffer) };
      case 'U8':
        return { dtype, shape, data: take(elements) };
      case 'BOOL':
        return { dtype, shape, data: take(elements, 1) };
    }
  });
const name = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'a"b\\', 'é', 'toString'))
  .filter((n) => n !== '__metadata__');
const tensors = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 }).map((pairs) => new Map(pairs));

describe('round trip', () => {
  it('gives every bit back', () => {
    fc.assert(
      fc.property(tensors, (original) => {
        const read = readSafetensors(writeSafetensors(original, { format: 'pt' }));
        expect([...read.keys()].sort()).toEqual([...original.keys()].sort());
        for (const [key, { dtype, shape }] of original) {
          expect(read.get(key)).toMatchObject({ dtype, shape });
          expect(bytesOf(read.get(key)!)).toEqual(bytesOf(original.get(key)!));
        }
      }),
    );
  });

  it('writes equal bytes whatever the order of the map, and whole multiples of each element size', () => {
    fc.assert(
      fc.property(tensors, (original) => {
        const file = writeSafetensors(original, { a: '1', b: '2' });
        expect(writeSafetensors(new Map([...original].reverse()), { b: '2', a: '1' })).toEqual(file);
        const headerBytes = Number(new DataView(file.buffer).getBigUint64(0, true));
        const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes))) as Record<
          string,
          { data_offsets?: number[] }
        >;
        expect(header['__metadata__']).toEqual({ a: '1', b: '2' });
        for (const [key, { data }] of original)
          expect((8 + headerBytes + Object.entries(header).find(([k]) => k === key)![1].data_offsets![0]!) % data.BYTES_PER_ELEMENT).toBe(
            0,
          );
      }),
    );
  });

  it('reads a path as it reads bytes', () => {
    const file = writeSafetensors(new Map([['w', { dtype: 'F32', shape: [2], data: Float32Array.of(1, -2) } as const]]));
    const path = join(temporaryFolder(), 'w.safetensors');
    writeFileSync(path, file);
    expect(readSafetensors(path)).toEqual(readSafetensors(file));
  });

  it('refuses to write data that do not fill their shape', () => {
    expect(() => writeSafetensors(new Map([['w', { dtype: 'F32', shape: [3], data: Float32Array.of(1) } as const]]))).toThrow(RangeError);
  });
});

describe('half precision is widened exactly', () => {
  // IEEE 754 binary16: 1, -2, largest, smallest normal, smallest subnormal, infinities, NaN, negative zero, nearest to 1/3.
  const halves: readonly (readonly [number, number])[] = [
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
    [0x8000, -0],
    [0x3555, 0.333251953125],
  ];

  it('F16', () => {
    const data = new Uint8Array(Uint16Array.from(halves, ([bits]) => bits).buffer);
    const read = readSafetensors(fileOf(`{${entry('h', 'F16', [halves.length], 0, data.length)}}`, data)).get('h')!;
    expect(read.dtype).toBe('F32');
    halves.forEach(([, value], i) => expect(read.data[i]).toBe(value));
  });

  it('BF16', () => {
    const data = new Uint8Array(Uint16Array.of(0x3f80, 0xc040, 0x7f80, 0x0001).buffer);
    const read = readSafetensors(fileOf(`{${entry('b', 'BF16', [4], 0, 8)}}`, data)).get('b')!;
    expect(read).toEqual({ dtype: 'F32', shape: [4], data: Float32Array.of(1, -3, Infinity, 2 ** -133) });
  });
});

describe('float32 rounded to halves', () => {
  const halves = (...values: number[]): number[] => {
    const to = new Uint16Array(values.length);
    expect(narrowToHalves(Float32Array.from(values), to)).toBe(null);
    return [...to];
  };
  const widened = widenedHalves();

  it('gives every half back, and NaN as one', () => {
    const finite = Array.from(widened.entries()).filter(([, value]) => !Number.isNaN(value));
    expect(finite.length).toBe(65536 - 2 * 1023);
    expect(halves(...finite.map(([, value]) => value))).toEqual(finite.map(([bits]) => bits));
    expect(halves(NaN, Infinity, -Infinity)).toEqual([0x7e00, 0x7c00, 0xfc00]);
  });

  it('takes the even one of two equally near, and the nearer one on either side of the middle', () => {
    // Neighbours, subnormal ones among them: their middle and the float32 beside it are exact in float32.
    const beside = (value: number, step: number): number => {
      const bits = new Uint32Array(Float32Array.of(value).buffer);
      bits[0]! += step;
      return new Float32Array(bits.buffer)[0]!;
    };
    for (let bits = 0; bits < 0x7bff; bits++) {
      const middle = (widened[bits]! + widened[bits + 1]!) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const got = new Uint16Array(4);
      narrowToHalves(Float32Array.of(middle, -middle, beside(middle, -1), beside(middle, 1)), got);
      if (got[0] !== even || got[1] !== (even | 0x8000) || got[2] !== bits || got[3] !== bits + 1) expect([bits, ...got]).toBe('rounded');
    }
    expect(halves(2 ** -26, -(2 ** -26), 1e-45, -0)).toEqual([0, 0x8000, 0, 0x8000]);
  });

  it('stops at the first finite number that is nearer to infinity', () => {
    expect(halves(65519.99609375, -65519.99609375)).toEqual([0x7bff, 0xfbff]);
    expect(narrowToHalves(Float32Array.of(1, 65520, 1), new Uint16Array(3))).toBe(1);
    expect(narrowToHalves(Float32Array.of(1, 2, -3.4e38), new Uint16Array(3))).toBe(2);
  });
});

describe('broken files', () => {
  const eight = new Uint8Array(8);
  it.each([
    ['nothing at all', new Uint8Array(0), '0 bytes'],
    ['less than a length', new Uint8Array(7), '7 bytes'],
    ['a header beyond the file', fileOf('{}').subarray(0, 9), 'a header of 2 bytes in a file of 9'],
    ['an absurd header length', new Uint8Array(16).fill(255), '18446744073709551615 bytes'],
    ['no object', fileOf('[]'), 'does not begin with “{”'],
    ['no JSON', fileOf('{"a":'), 'not JSON'],
    ['text after the object', fileOf('{}x'), 'not JSON'],
    ['no UTF-8', fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), 'not JSON'],
    ['an entry that is no tensor', fileOf('{"a":1}'), 'tensor “a”'],
    ['an unknown key', fileOf('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}}'), 'x'],
    ['a negative size', fileOf(`{${entry('a', 'F32', [-1], 0, 4)}}`, eight), 'shape'],
    ['a fractional offset', fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0.5,1.5]}}', eight), 'data_offsets'],
    ['a type that is not read', fileOf(`{${entry('a', 'I16', [4], 0, 8)}}`, eight), 'type I16 is not read'],
    ['a type named like a method', fileOf(`{${entry('a', 'toString', [4], 0, 8)}}`, eight), 'type toString is not read'],
    ['bytes that do not fit the shape', fileOf(`{${entry('a', 'F32', [3], 0, 8)}}`, eight), '[3] is 12 bytes'],
    ['offsets in reverse', fileOf(`{${entry('a', 'F32', [2], 8, 0)}}`, eight), 'hold -8'],
    ['a size beyond 2^53', fileOf(`{${entry('a', 'U8', [2 ** 52, 2 ** 52], 0, 8)}}`, eight), 'too many elements'],
    ['a size of infinity times 0', fileOf(`{${entry('a', 'U8', [...new Array<number>(30).fill(2 ** 52), 0], 0, 0)}}`), 'too many elements'],
    ['an end beyond the file', fileOf(`{${entry('a', 'F32', [4], 0, 16)}}`, eight), 'ends at byte 16 of 8'],
    ['an overlap', fileOf(`{${entry('a', 'F32', [1], 0, 4)},${entry('b', 'F32', [1], 0, 4)}}`, eight), 'inside the tensor before it'],
    ['a hole', fileOf(`{${entry('a', 'F32', [1], 4, 8)}}`, eight), 'nothing accounts for the bytes from 0'],
    ['bytes left over', fileOf(`{${entry('a', 'F32', [1], 0, 4)}}`, eight), '4 bytes after the last tensor'],
    ['one name twice', fileOf(`{${entry('a', 'F32', [1], 0, 4)},${entry('a', 'I32', [1], 0, 4)}}`, eight.subarray(4)), '“a” twice'],
    [
      'one name twice, once escaped',
      fileOf(`{${entry('a', 'U8', [0], 0, 0)},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`),
      '“a” twice',
    ],
    ['one key twice in an entry', fileOf('{"a":{"dtype":"U8","dtype":"I32","shape":[0],"data_offsets":[0,0]}}'), '“dtype” twice'],
    ['a truth value of 2', fileOf(`{${entry('a', 'BOOL', [1], 0, 1)}}`, Uint8Array.of(2)), 'a truth value of 2'],
  ])('%s', (_, file, message) => {
    const read = (): unknown => readSafetensors(file, 'weights.safetensors');
    expect(read).toThrow(UserError);
    expect(read).toThrow('weights.safetensors');
    expect(read).toThrow(message);
  });

  it('a path that is missing or a folder', () => {
    const folder = temporaryFolder();
    expect(() => readSafetensors(join(folder, 'none.safetensors'))).toThrow(UserError);
    expect(() => readSafetensors(folder)).toThrow(UserError);
  });

  it('a tensor of a terabyte in a file with a hole', () => {
    const path = join(temporaryFolder(), 'w.safetensors');
    const header = fileOf(`{${entry('a', 'U8', [2 ** 40], 0, 2 ** 40)}}`);
    writeFileSync(path, header);
    truncateSync(path, header.length + 2 ** 40);
    expect(() => readSafetensors(path)).toThrow(UserError);
    expect(() => readSafetensors(path)).toThrow('do not fit into memory');
  });

  it('names, braces and quotes inside strings do not confuse the search for duplicates', () => {
    const file = fileOf(`{"__metadata__":{"a":"{\\"a\\":"},${entry('a', 'U8', [0], 0, 0)},${entry('}"a":{', 'U8', [0], 0, 0)}}`);
    expect([...readSafetensors(file).keys()].sort()).toEqual(['a', '}"a":{']);
  });
});

/** One change to a file: overwritten, inserted or removed bytes, or another number in the header's text. */
const mutation: fc.Arbitrary<(file: Uint8Array) => Uint8Array> = fc.oneof(
  fc
    .tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.uint8Array({ maxLength: 9 }), fc.nat(9))
    .map(([at, inserted, removed]) => (file: Uint8Array) => {
      const start = Math.floor(at * file.length);
      return Uint8Array.from([...file.subarray(0, start), ...inserted, ...file.subarray(start + removed)]);
    }),
  fc
    .tuple(fc.nat(20), fc.constantFrom('0', '1', '2', '4', '8', '-1', '1e3', '4294967296', 'null', '[]'))
    .map(([which, number]) => (file: Uint8Array) => {
      const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
      let seen = 0;
      const header = new TextDecoder('latin1').decode(file.subarray(8, 8 + headerBytes));
      const changed = header.replace(/(?<=[[,])\d+(?=[\],])/g, (old) => (seen++ === which ? number : old));
      return fileOf(
        Uint8Array.from(changed, (character) => character.charCodeAt(0)),
        file.subarray(8 + headerBytes),
      );
    }),
);

describe('mutated files', () => {
  it('are refused with a UserError or read as their header says', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(tensors, fc.array(mutation, { minLength: 1, maxLength: 2 }), (original, mutations) => {
        let file: Uint8Array = writeSafetensors(original);
        for (const mutate of mutations) if (file.length > 16) file = mutate(file);
        let read: Map<string, StoredTensor>;
        try {
          read = readSafetensors(file);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          refused++;
          return;
        }
        accepted++;
        const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
        const header = new Map(Object.entries(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes))) as object));
        header.delete('__metadata__');
        expect([...read.keys()].sort()).toEqual([...header.keys()].sort());
        let bytes = 0;
        for (const [key, found] of read) {
          const { dtype, shape, data_offsets } = header.get(key) as { dtype: string; shape: number[]; data_offsets: [number, number] };
          expect(found).toMatchObject({ dtype, shape });
          expect(bytesOf(found)).toEqual(
            Uint8Array.from(file.subarray(8 + headerBytes + data_offsets[0], 8 + headerBytes + data_offsets[1])),
          );
          bytes += found.data.byteLength;
        }
        expect(bytes).toBe(file.length - 8 - headerBytes);
      }),
      { numRuns: 3000 },
    );
    // Both branches were looked at: changed data bytes are accepted, changed headers mostly not.
    expect(accepted).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(1000);
  });

  it('and arbitrary bytes never crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (rest) => {
        expect(() => readSafetensors(fileOf(Uint8Array.of(0x7b, ...rest)))).toThrow(UserError);
      }),
    );
  });
});
