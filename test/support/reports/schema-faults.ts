import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** A function that says what a JSON Schema, a file under `test/render/schemas`, has against a value. */
export function faultsBy(name: string): (value: unknown) => unknown {
  const {
    $schema: _,
    id: _id,
    ...schema
  } = JSON.parse(readFileSync(new URL(`../../render/schemas/${name}`, import.meta.url), 'utf8'));
  const ajv = new Ajv2020({ allErrors: true, strict: false, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? [] : validate.errors?.slice(0, 5));
}
