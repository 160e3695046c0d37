@echo chained %1
@exit /b 4
