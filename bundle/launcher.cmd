@"%~dp0bin\node.exe" "%~dp0dist\node\cli.cjs" %*
