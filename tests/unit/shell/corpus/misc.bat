echo a^&b>o & set "q=1" && (echo %q:~0,1%) || rem x
set /a "x=(1+2)*3<<1,y=~x%%5"
<f.txt set /p l=?
