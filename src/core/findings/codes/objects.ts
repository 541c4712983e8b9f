import { type Arguments, documentLimit, refusal, sizeLimit, text } from './arguments.js';
import { type Defined, failed, undetermined } from './define.js';

const capitalise = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

/** What keeps an object from being read. @param object with its article, like `a log` */
const unreadable = <Limit extends Arguments>(object: string, limit: Limit) => ({
  'access-denied': undetermined('unreadable', `Reading ${object} was denied.`, refusal, []),
  archived: undetermined(
    'unreadable',
    `${capitalise(object)} lies in a storage class that has to be restored before it can be read.`,
    { storageClass: text },
    [],
  ),
  unavailable: undetermined('unreadable', `Reading ${object} failed.`, refusal, []),
  'too-large': undetermined(
    'unreadable',
    `An object in the place of ${object} is far larger than any that CloudTrail writes.`,
    limit,
    [],
  ),
});

/** What keeps a file that is hashed in pieces from being read. @param object with its article */
export const unreadableFile = (object: string) => unreadable(object, sizeLimit);

/** What keeps a document, which is held whole, from being read. @param object with its article */
export const unreadableDocument = (object: string) => unreadable(object, documentLimit);

/** What is wrong with an object that should be exactly one gzip member. @param object with its article */
export const gzipFaults = <Args extends Arguments>(object: string, args: Args) => {
  const fault = (summary: string): Defined<'failed', Args> => failed('changed', summary, args, []);
  return {
    'header-invalid': fault(`${capitalise(object)} begins like a gzip file, and its header is invalid.`),
    'data-invalid': fault(`The compressed data of ${object} are damaged.`),
    truncated: fault(`The gzip stream of ${object} ends before it is complete.`),
    'checksum-mismatch': fault(`The content of ${object} does not have the checksum that its gzip stream states.`),
    'length-mismatch': fault(`The content of ${object} does not have the length that its gzip stream states.`),
    'trailing-data': fault(`There are more bytes after the end of the gzip stream of ${object}.`),
  };
};
