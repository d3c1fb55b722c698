/** How the browser draws the caption that is seen: the box and the style of its words. */
export async function drawnCaption(page, words) {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("DOM.enable");
    await session.send("CSS.enable");
    const { root } = await session.send("DOM.getDocument", { depth: -1, pierce: true });
    const holder = findHolder(root, words);
    if (holder === null) return null;
    const { model } = await session.send("DOM.getBoxModel", { nodeId: holder.nodeId });
    const { computedStyle } = await session.send("CSS.getComputedStyleForNode", { nodeId: holder.nodeId });
    const style = Object.fromEntries(computedStyle.map(({ name, value }) => [name, value]));
    const { height, border } = model;
    return {
      height,
      bottom: border[5],
      size_px: parseFloat(style["font-size"]),
      background: style["background-color"],
      visibility: style.visibility,
    };
  } finally {
    await session.detach();
  }
}

function findHolder(node, words) {
  for (const child of [...(node.children ?? []), ...(node.shadowRoots ?? [])]) {
    if (child.nodeName === "#text" && child.nodeValue.includes(words) && node.nodeName !== "SCRIPT")
      return node;
    const found = findHolder(child, words);
    if (found !== null) return found;
  }
  return null;
}
