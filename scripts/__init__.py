"""What make and the browser tests share: the page table, a running app, a Chromium, screenshots, catalogs."""
