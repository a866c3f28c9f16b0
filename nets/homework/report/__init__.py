"""Reports on examined files: for the terminal, a browser, a forum, a spreadsheet, a program."""
