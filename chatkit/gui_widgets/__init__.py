"""The desktop window's widgets, one a file. ``window.MainWindow`` puts them together; ``chatkit.gui_tk`` drives it."""
