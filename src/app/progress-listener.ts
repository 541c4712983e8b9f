/** Is told how much a run has to do, as soon as that is known. When it is told depends on timing: no report may hold it. */
export interface Extent {
  /** The accounts and regions that digests are going to be listed of. */
  foldersFound(count: number): void;
  /** One of them is listed: the chains that are going to be verified, and the digests in them. */
  folderListed(chains: number, digests: number): void;
}
