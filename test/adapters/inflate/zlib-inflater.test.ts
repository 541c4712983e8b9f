import { zlibInflater } from '../../../src/adapters/inflate/zlib-inflater.js';
import { nodeSha256, sha256 } from '../../../src/adapters/node/sha256.js';
import { inflaterSuite } from '../../contracts/inflater.js';
import { piecesSuite } from '../../contracts/inflater-pieces.js';

const inflater = zlibInflater({ sha256, newSha256: nodeSha256 });

inflaterSuite(inflater);
piecesSuite(inflater);
