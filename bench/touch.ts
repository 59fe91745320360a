/**
 * Writes to every page of 1 GiB and ends. A virtual machine's host may take a millisecond to provide memory that the machine has
 * not used for some seconds; whoever starts after this does not wait for it.
 */
const PAGE = 4096;
const blocks = Array.from({ length: 16 }, () => new Uint8Array(2 ** 26));
for (const block of blocks) {
  for (let at = 0; at < block.length; at += PAGE) block[at] = 1;
}
