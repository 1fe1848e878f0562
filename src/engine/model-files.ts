/** Which files of a folder are read as a model: its identity is theirs. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** config.json, tokenizer and weights, which may come in parts; graphs are those of a causal model that a defence names. */
const modelFile =
  /^(config\.json|tokenizer\.json|tokenizer_config\.json|vocab\.json|merges\.txt|(model|pytorch_model)[\w.-]*\.(safetensors|bin)(\.index\.json)?|onnx\/[\w.-]+\.onnx(_data)?)$/;

export const isModelFile = (name: string): boolean => modelFile.test(name);

/** Their names, those of graphs with their sub-folder. */
export function modelFilesIn(folder: string): string[] {
  const graphs = existsSync(join(folder, 'onnx')) ? readdirSync(join(folder, 'onnx')).map((file) => `onnx/${file}`) : [];
  return [...readdirSync(folder), ...graphs].filter(isModelFile);
}
